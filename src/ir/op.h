#pragma once
// What an op is: a small struct of attributes with infer, cost and eval, held by value.

#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ir/fields.h"
#include "tensor/tensor.h"

namespace slipway {

/// One input of an op while types are inferred: its type, and its value where that is known.
struct Known {
  TensorType type;
  const Tensor* value = nullptr;
};

/// The inputs of an op while types are inferred. An optional input that is left out is absent.
class KnownInputs {
 public:
  explicit KnownInputs(std::span<const std::optional<Known>> inputs) : inputs_(inputs) {}

  [[nodiscard]] std::size_t size() const { return inputs_.size(); }

  [[nodiscard]] bool has(std::size_t i) const { return i < inputs_.size() && inputs_[i]; }

  /// The type of input `i`. Needs has(i).
  [[nodiscard]] const TensorType& type(std::size_t i) const { return inputs_[i]->type; }

  /// The value of input `i`, or nullptr where only running the graph will tell. Needs has(i).
  [[nodiscard]] const Tensor* value(std::size_t i) const { return inputs_[i]->value; }

  /// Errors  invalid_input: fewer than `least` or more than `most` inputs, or one of the first
  ///         `least` is absent
  [[nodiscard]] Result<void> count(std::size_t least, std::size_t most) const;

 private:
  std::span<const std::optional<Known>> inputs_;
};

/// One output of an op as far as it is known before running: its type, and its value where the
/// types alone decide it (Shape). Values that follow from known inputs are found by running eval.
struct Inferred {
  Inferred(TensorType t) : type(std::move(t)) {}  // NOLINT: `return {x_type}` should work

  Inferred(TensorType t, Tensor v) : type(std::move(t)), value(std::move(v)) {}

  TensorType type;
  std::optional<Tensor> value;
};

using Types = std::vector<Inferred>;

/// What one run of an op takes.
struct Cost {
  std::int64_t macs = 0;  // multiply-accumulates of convolutions and matrix products
  std::int64_t ops = 0;   // other arithmetic operations on elements

  Cost& operator+=(const Cost& other) {
    macs += other.macs;
    ops += other.ops;
    return *this;
  }
};

/// The tensors of one run of an op. Outputs whose type was inferred completely are there before
/// eval starts; the others are made by it.
class EvalIo {
 public:
  EvalIo(std::span<const std::optional<Tensor>> inputs, std::span<const TensorType> outputs);

  [[nodiscard]] std::size_t input_count() const { return inputs_.size(); }

  [[nodiscard]] std::size_t output_count() const { return types_.size(); }

  [[nodiscard]] bool has(std::size_t i) const { return i < inputs_.size() && inputs_[i]; }

  [[nodiscard]] const Tensor& input(std::size_t i) const {
    SLIPWAY_CHECK(has(i));
    return *inputs_[i];
  }

  [[nodiscard]] const TensorType& type(std::size_t i) const { return input(i).type(); }

  template <class T>
  [[nodiscard]] std::span<const T> in(std::size_t i) const {
    return input(i).values<T>();
  }

  [[nodiscard]] const TensorType& output_type(std::size_t i) const { return types_[i]; }

  /// The elements of output `i` to be written; zeros at first.
  template <class T>
  [[nodiscard]] std::span<T> out(std::size_t i) {
    return builder(i).values<T>();
  }

  [[nodiscard]] std::span<std::byte> out_bytes(std::size_t i) { return builder(i).bytes(); }

  /// Makes an output whose shape depends on the data.
  void allocate(std::size_t i, Shape shape);

  /// Gives output `i` the bytes of a tensor that exists, without copying (Reshape).
  ///
  /// Errors  invalid_input: the sizes differ
  Result<void> share(std::size_t i, const Tensor& tensor);

  /// Whether any output has an element, or may have one. Without, take() gives the outputs before
  /// eval: dimensions beside a 0 may be so large that no loop over them ends.
  [[nodiscard]] bool has_work() const;

  /// The outputs, in order. Needs every output to be made.
  [[nodiscard]] std::vector<Tensor> take() &&;

 private:
  struct Output {
    std::optional<TensorBuilder> builder;
    std::optional<Tensor> shared;
  };

  TensorBuilder& builder(std::size_t i);

  std::span<const std::optional<Tensor>> inputs_;
  std::vector<TensorType> types_;
  std::vector<Output> outputs_;
};

/// A whole op: attributes with defaults, a name, fields, and three functions of its inputs.
template <class T>
concept Op =
    std::copyable<T> && std::default_initializable<T> && std::equality_comparable<T> &&
    requires(const T& op, const KnownInputs& known, std::span<const TensorType> types, EvalIo& io) {
      { T::kName } -> std::convertible_to<std::string_view>;
      T::kFields;
      { op.infer(known) } -> std::same_as<Result<Types>>;
      { op.cost(types) } -> std::same_as<Cost>;
      { op.eval(io) } -> std::same_as<Result<void>>;
    };

/// Any op, by value. Immutable, so copies share.
class AnyOp {
 public:
  template <class T>
    requires(!std::same_as<T, AnyOp> && Op<T>)
  AnyOp(T op)
      : self_(std::make_shared<const Model<T>>(std::move(op))) {}  // NOLINT: an op is an AnyOp

  /// The op as T, or nullptr if it is another op.
  template <Op T>
  [[nodiscard]] const T* as() const {
    const auto* model = dynamic_cast<const Model<T>*>(self_.get());
    return model == nullptr ? nullptr : &model->op;
  }

  template <Op T>
  [[nodiscard]] bool is() const {
    return as<T>() != nullptr;
  }

  [[nodiscard]] std::string_view name() const { return self_->name(); }

  /// Types of the outputs. `inputs` may lack the optional ones.
  ///
  /// Errors  invalid_input, unsupported: what is wrong with the inputs, in words for the user
  [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const {
    return self_->infer(inputs);
  }

  /// What one run takes. Absent inputs have an empty type.
  [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const { return self_->cost(inputs); }

  /// Errors  invalid_input: the data asks for something impossible (an index out of range)
  [[nodiscard]] Result<void> eval(EvalIo& io) const { return self_->eval(io); }

  /// The fields that differ from their defaults.
  [[nodiscard]] std::vector<FieldText> fields() const { return self_->fields(); }

  bool operator==(const AnyOp& other) const { return self_->equals(*other.self_); }

 private:
  struct Concept {
    virtual ~Concept() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual Result<Types> infer(const KnownInputs& inputs) const = 0;
    [[nodiscard]] virtual Cost cost(std::span<const TensorType> inputs) const = 0;
    [[nodiscard]] virtual Result<void> eval(EvalIo& io) const = 0;
    [[nodiscard]] virtual std::vector<FieldText> fields() const = 0;
    [[nodiscard]] virtual bool equals(const Concept& other) const = 0;
  };

  template <class T>
  struct Model final : Concept {
    explicit Model(T value) : op(std::move(value)) {}

    [[nodiscard]] std::string_view name() const override { return T::kName; }

    [[nodiscard]] Result<Types> infer(const KnownInputs& inputs) const override {
      return op.infer(inputs);
    }

    [[nodiscard]] Cost cost(std::span<const TensorType> inputs) const override {
      return op.cost(inputs);
    }

    [[nodiscard]] Result<void> eval(EvalIo& io) const override { return op.eval(io); }

    [[nodiscard]] std::vector<FieldText> fields() const override { return print_fields(op); }

    [[nodiscard]] bool equals(const Concept& other) const override {
      const auto* same = dynamic_cast<const Model*>(&other);
      return same != nullptr && same->op == op;
    }

    T op;
  };

  std::shared_ptr<const Concept> self_;
};

/// A row of the list of ops: how the text's name becomes an op.
struct OpEntry {
  std::string_view name;
  Result<AnyOp> (*parse)(std::span<const FieldText> fields);
};

template <Op T>
constexpr OpEntry op_entry() {
  return {T::kName, [](std::span<const FieldText> fields) -> Result<AnyOp> {
            return AnyOp(SLIPWAY_TRY(parse_fields<T>(fields)));
          }};
}

}  // namespace slipway
