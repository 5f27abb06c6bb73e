#pragma once
// What a network answers in bytes next to what it answers in floats.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/json.h"

namespace slipway::quant {

/// Answers to pictures, counted. Few pictures tell little: of 50, none is lost in two of five draws
/// where one of 50 is lost on average. So each is also tried with what bytes change in others.
class Drop {
 public:
  /// The class that floats and bytes say, and the true one where somebody knows it.
  void add(std::int64_t floats, std::int64_t bytes, std::optional<std::int64_t> truth);

  /// Likewise, of a trial.
  void add_trial(std::int64_t floats, std::int64_t bytes, std::optional<std::int64_t> truth);

  [[nodiscard]] std::int64_t pictures() const { return pictures_; }

  /// Pictures to which both answer the same.
  [[nodiscard]] std::int64_t agree() const { return agree_; }

  /// Pictures whose class is known.
  [[nodiscard]] std::int64_t known() const { return known_; }

  /// Of those: right in floats; and of these, wrong in bytes; and wrong in floats, right in bytes.
  [[nodiscard]] std::int64_t floats_right() const { return floats_right_; }

  [[nodiscard]] std::int64_t lost() const { return lost_; }

  [[nodiscard]] std::int64_t won() const { return won_; }

  /// The part of the answers that is lost, in percent: where classes are known, of top-1 (what is
  /// won makes up for none of it, since on few pictures it is luck); elsewhere of all answers, each
  /// that is another one being lost.
  [[nodiscard]] double points() const;

  /// The same part of the trials.
  [[nodiscard]] double expected_points() const;

  /// Whether no more than `most` is lost, and of the trials no more than that or half a picture:
  /// trials share their pictures, and less than half of one is not told apart from none.
  [[nodiscard]] bool is_within(double most) const;

  /// What one picture makes of that.
  [[nodiscard]] double grain() const;

  [[nodiscard]] Json to_json() const;

  /// Errors  corrupt: not what to_json() wrote
  static Result<Drop> from_json(const Json& json);

  bool operator==(const Drop&) const = default;

 private:
  std::int64_t pictures_ = 0;
  std::int64_t agree_ = 0;
  std::int64_t known_ = 0;
  std::int64_t floats_right_ = 0;
  std::int64_t lost_ = 0;
  std::int64_t won_ = 0;
  std::int64_t trials_ = 0;
  std::int64_t changed_ = 0;
  std::int64_t trials_known_ = 0;
  std::int64_t trials_lost_ = 0;
};

/// Makes a Drop of the numbers per class of picture after picture. Each is tried with the changes
/// of the pictures before it, and they with its own, as far as 64 pictures back.
class Trials {
 public:
  /// `drop` must outlive this.
  explicit Trials(Drop& drop) : drop_(drop) {}

  /// Needs as many numbers each time.
  void add(std::span<const float> floats, std::span<const float> bytes,
           std::optional<std::int64_t> truth);

 private:
  struct Seen {
    std::vector<float> numbers;
    std::vector<float> changes;
    std::int64_t answer = 0;
    std::optional<std::int64_t> truth;
  };

  void try_one(const Seen& picture, const Seen& other);

  Drop& drop_;
  std::vector<Seen> seen_;
  std::size_t oldest_ = 0;
};

}  // namespace slipway::quant
