#pragma once
// Random graphs of our operators. A graph is made of steps; each has a seed of its own and adds one
// node if the operator's own infer takes what the seed says.

#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "ir/graph.h"
#include "ops/dtypes.h"

namespace slipway::random_graphs {

/// How far another tool's value may be from ours, and so which operators may take it on.
enum class Trust : std::uint8_t {
  exact,  // not at all: inputs, what is moved or chosen of them, whole numbers
  near,   // as far as floats are rounded: no steps behind it, nothing that amplifies
  leaf,   // only moved any further: one step of a scale, or floats close to a pole
};

inline constexpr DTypeSet kAll = kNumbers | kBool;

/// What an operator wants of a value.
struct Wish {
  DTypeSet types = kFloats;
  std::size_t least_rank = 0;
  std::size_t most_rank = 4;
  Trust trust = Trust::near;
  bool is_input = false;  // of the graph, so that its range is known
};

class Sketch {
 public:
  // --- numbers -------------------------------------------------------------------------------

  void reseed(std::uint64_t seed) { random_ = Random(seed); }

  std::int64_t between(std::int64_t low, std::int64_t high) { return random_.integer(low, high); }

  /// True once in `n` times.
  bool once_in(std::int64_t n) { return between(1, n) == 1; }

  float real(float low, float high) { return random_.real(low, high); }

  template <class T>
  T one_of(std::initializer_list<T> items) {
    return items.begin()[between(0, std::ssize(items) - 1)];
  }

  AnyOp one_op(std::span<const AnyOp> ops) {
    return ops[static_cast<std::size_t>(between(0, std::ssize(ops) - 1))];
  }

  std::vector<std::int64_t> list(std::size_t count, std::int64_t low, std::int64_t high);
  std::vector<std::int64_t> permutation(std::size_t count);

  /// Some of the dimensions, ascending, now and then from the end; at least one.
  std::vector<std::int64_t> some_axes(std::size_t rank);
  std::int64_t axis(std::size_t rank);

  // --- values --------------------------------------------------------------------------------

  /// A value that is there, or a new input of the graph.
  ValueId some(const Wish& wish);

  /// A picture [n, h, w, c], or with one or three dimensions between n and c.
  ValueId picture(DTypeSet types, Trust trust = Trust::near, std::size_t spatial = 2);

  /// Something that broadcasts with `x`, of its type.
  ValueId partner(ValueId x, Trust trust = Trust::near);

  ValueId input(TensorType type);
  ValueId constant(const Tensor& value);
  ValueId random_constant(TensorType type);

  /// An input of the graph or a constant.
  ValueId given(TensorType type, std::int64_t once_in_input = 4) {
    return once_in(once_in_input) ? input(std::move(type)) : random_constant(std::move(type));
  }

  /// Lengths, places, axes: i64 or i32 [n].
  ValueId integers(const std::vector<std::int64_t>& values);
  ValueId integer(std::int64_t value);

  [[nodiscard]] const Shape& shape(ValueId id) const { return graph.type(id).shape; }

  [[nodiscard]] std::size_t rank(ValueId id) const { return shape(id).rank(); }

  [[nodiscard]] DType dtype(ValueId id) const { return graph.type(id).dtype; }

  Shape random_shape(std::size_t least_rank, std::size_t most_rank, std::int64_t most = 5);
  DType random_dtype(DTypeSet types);

  /// A type of 8 or 16 bits with a scale.
  TensorType scaled(DType dtype, Shape shape);

  // --- nodes ---------------------------------------------------------------------------------

  /// Adds a node, if infer takes it and no output is too large. The outputs are trusted as `trust`
  /// says, and no more than the inputs are.
  bool add(const AnyOp& op, const std::vector<ValueId>& inputs, Trust trust);

  /// The same where the outputs' scales are stated.
  bool add_stated(const AnyOp& op, const std::vector<ValueId>& inputs,
                  const std::vector<TensorType>& types, Trust trust = Trust::leaf);

  /// The graph's outputs: what nobody reads, and now and then another value.
  void finish();

  Graph graph;

 private:
  struct Made {
    ValueId id;
    Trust trust;
  };

  [[nodiscard]] Trust trust_of(std::span<const ValueId> ids, Trust at_best) const;
  [[nodiscard]] bool fits(const Wish& wish, const Made& made) const;

  Random random_{0};
  std::vector<Made> made_;
};

/// One way to make a node; false where this seed's choices make none.
struct Maker {
  std::string_view name;
  bool (*make)(Sketch& sketch);
};

/// One list per family.
std::span<const Maker> elementwise_makers();
std::span<const Maker> picture_makers();
std::span<const Maker> matrix_makers();
std::span<const Maker> move_makers();
std::span<const Maker> index_makers();
std::span<const Maker> scaled_makers();

struct Step {
  std::uint32_t maker;
  std::uint64_t seed;
};

/// Steps as a graph. Those that make no node in a few attempts are passed over.
Graph to_graph(const std::vector<Step>& steps);

}  // namespace slipway::random_graphs
