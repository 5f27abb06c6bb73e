#pragma once
// What pictures really show: the table labels.csv of a data folder.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "ir/recipe.h"

namespace slipway::cli {

/// The true class of pictures by file name. The table has a column `file`, and `label` or
/// `label_N`, N being the number of classes that the labels belong to.
class Truth {
 public:
  /// `classes` picks the column where there are several. A label is a class number, or one of the
  /// recipe's labels.
  ///
  /// Errors  not_found, corrupt: the table; invalid_input: no column that fits, or another label
  static Result<Truth> read(const Files& files, const std::string& path, std::size_t classes,
                            const Recipe& recipe);

  /// The class of a picture, or nothing where the table does not name it.
  [[nodiscard]] std::optional<int> of(const std::string& picture) const;

  struct Row {
    std::string file;
    int label = 0;
  };

  /// In the order of the table.
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

  /// Whether a label in it was a name.
  [[nodiscard]] bool has_names() const { return has_names_; }

 private:
  std::map<std::string, int, std::less<>> classes_;
  std::vector<Row> rows_;
  bool has_names_ = false;
};

/// The class that a table means by `text`: a number, or one of the recipe's labels.
[[nodiscard]] std::optional<int> class_of(const std::string& text, const Recipe& recipe);

}  // namespace slipway::cli
