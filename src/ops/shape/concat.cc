#include "ops/shape/concat.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "ops/quant/fixed_point.h"
#include "ops/shape/move.h"

namespace slipway::ops {
namespace {

/// The most outputs an op may have: enough for every network, little enough for every machine.
constexpr std::int64_t kMaxParts = 1 << 16;

bool needs_rescale(const TensorType& x, const TensorType& y) {
  return is_quantized(x) && is_quantized(y) && !x.quant->per_axis() && !y.quant->per_axis() &&
         *x.quant != *y.quant;
}

/// x's integers in y's scale.
Tensor rescaled(const Tensor& x, const TensorType& y) {
  TensorBuilder out({y.dtype, x.shape(), y.quant});
  const float scale = x.type().quant->scale[0] * (1.0F / y.quant->scale[0]);
  const float bias = -static_cast<float>(x.type().quant->zero_point[0]) * scale;
  const auto range = fixed::range_of(y.dtype);
  visit(y.dtype, [&]<class T>(T) {
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 2 && !std::is_same_v<T, bool>) {
      const auto from = x.values<T>();
      const auto to = out.values<T>();
      for (std::size_t i = 0; i < from.size(); ++i) {
        const float steps = std::round(static_cast<float>(from[i]) * scale + bias);
        const std::int64_t whole = fixed::whole(static_cast<double>(steps), -1e9, 1e9);
        to[i] = static_cast<T>(
            std::clamp<std::int64_t>(whole + y.quant->zero_point[0], range.low, range.high));
      }
    }
  });
  return std::move(out).build();
}

/// Copies `x`, seen as rows of `row` bytes, to every `step` bytes of `to`.
void copy_rows(BytesView x, std::size_t row, std::span<std::byte> to, std::size_t step) {
  for (std::size_t from = 0, at = 0; from < x.size(); from += row, at += step) {
    const auto piece = x.subspan(from, row);
    std::copy(piece.begin(), piece.end(), to.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

/// Copies the bytes `first` up to `first + row` of each row of `step` bytes.
void take_rows(BytesView x, std::size_t first, std::size_t step, std::size_t row,
               std::span<std::byte> to) {
  for (std::size_t at = 0; at < to.size(); at += row, first += step) {
    const auto piece = x.subspan(first, row);
    std::copy(piece.begin(), piece.end(), to.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

/// Bytes of the dimensions from `axis` on.
std::size_t row_bytes(const TensorType& type, std::size_t axis) {
  return static_cast<std::size_t>(elements_between(type.shape, axis, type.shape.rank()) *
                                  size_of(type.dtype));
}

Result<void> check_equal_types(const KnownInputs& inputs) {
  if (inputs.size() == 0) return fail(Code::invalid_input, "no inputs");
  SLIPWAY_TRY(inputs.count(inputs.size(), inputs.size()));
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    if (inputs.type(i).dtype != inputs.type(0).dtype ||
        inputs.type(i).shape.rank() != inputs.type(0).shape.rank()) {
      return fail(Code::invalid_input, "inputs {} and {} do not fit together",
                  inputs.type(0).text(), inputs.type(i).text());
    }
  }
  return {};
}

/// The dimension that both say, where one may not know.
Result<std::int64_t> same_dim(std::int64_t a, std::int64_t b) {
  if (a == Shape::kUnknown || a == b) return b;
  if (b == Shape::kUnknown) return a;
  return fail(Code::invalid_input, "dimensions {} and {} differ", a, b);
}

}  // namespace

Result<Types> Concat::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(check_equal_types(inputs));
  const auto& first = inputs.type(0);
  const auto along = SLIPWAY_TRY(checked_axis(axis, first.shape.rank()));
  std::vector<std::int64_t> dims(first.shape.begin(), first.shape.end());
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    const auto& shape = inputs.type(i).shape;
    for (std::size_t k = 0; k < dims.size(); ++k) {
      if (k != along) {
        dims[k] = SLIPWAY_TRY(same_dim(dims[k], shape[k]));
      } else if (dims[k] == Shape::kUnknown || shape[k] == Shape::kUnknown) {
        dims[k] = Shape::kUnknown;
      } else {
        dims[k] += shape[k];
      }
    }
  }
  return Types{moved(first, SLIPWAY_TRY(Shape::make(dims)))};
}

Cost Concat::cost(std::span<const TensorType>) const { return {}; }

Result<void> Concat::eval(EvalIo& io) const {
  const auto& y = io.output_type(0);
  const auto along = SLIPWAY_TRY(checked_axis(axis, y.shape.rank()));
  const std::size_t step = row_bytes(y, along);
  auto to = io.out_bytes(0);
  if (to.empty()) return {};
  for (std::size_t i = 0; i < io.input_count(); ++i) {
    const auto& x = io.input(i);
    const std::size_t row = row_bytes(x.type(), along);
    if (row == 0) continue;
    if (needs_rescale(x.type(), y)) {
      copy_rows(rescaled(x, y).bytes(), row, to, step);
    } else {
      copy_rows(x.bytes(), row, to, step);
    }
    to = to.subspan(row);
  }
  return {};
}

Result<Types> Pack::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(check_equal_types(inputs));
  const auto& first = inputs.type(0);
  const auto along = SLIPWAY_TRY(checked_axis(axis, first.shape.rank() + 1));
  std::vector<std::int64_t> dims(first.shape.begin(), first.shape.end());
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    for (std::size_t k = 0; k < dims.size(); ++k)
      dims[k] = SLIPWAY_TRY(same_dim(dims[k], inputs.type(i).shape[k]));
  }
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(along),
              static_cast<std::int64_t>(inputs.size()));
  return Types{moved(first, SLIPWAY_TRY(Shape::make(dims)))};
}

Cost Pack::cost(std::span<const TensorType>) const { return {}; }

Result<void> Pack::eval(EvalIo& io) const {
  const auto& y = io.output_type(0);
  const auto along = SLIPWAY_TRY(checked_axis(axis, y.shape.rank()));
  const std::size_t row = row_bytes(y, along + 1);
  auto to = io.out_bytes(0);
  if (to.empty()) return {};
  for (std::size_t i = 0; i < io.input_count(); ++i) {
    copy_rows(io.input(i).bytes(), row, to, row * io.input_count());
    to = to.subspan(row);
  }
  return {};
}

Result<Types> Unpack::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  const auto along = SLIPWAY_TRY(checked_axis(axis, x.shape.rank()));
  if (count < 0 || count > kMaxParts) return fail(Code::invalid_input, "{} outputs", count);
  SLIPWAY_TRY(same_dim(x.shape[along], count));
  std::vector<std::int64_t> dims(x.shape.begin(), x.shape.end());
  dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(along));
  return Types(static_cast<std::size_t>(count), moved(x, SLIPWAY_TRY(Shape::make(dims))));
}

Cost Unpack::cost(std::span<const TensorType>) const { return {}; }

Result<void> Unpack::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto along = SLIPWAY_TRY(checked_axis(axis, x.shape().rank()));
  const std::size_t step = row_bytes(x.type(), along);
  const std::size_t row = row_bytes(x.type(), along + 1);
  for (std::size_t i = 0; i < io.output_count(); ++i)
    take_rows(x.bytes(), i * row, step, row, io.out_bytes(i));
  return {};
}

namespace {

/// The lengths of the pieces, from x's length along the axis.
Result<std::vector<std::int64_t>> resolve_sizes(std::vector<std::int64_t> sizes,
                                                std::int64_t length) {
  std::int64_t sum = 0;
  std::int64_t* rest = nullptr;
  for (auto& size : sizes) {
    if (size == -1 && rest == nullptr) {
      rest = &size;
    } else if (size < 0 || size > length) {
      return fail(Code::invalid_input, "a piece of {} from a dimension of {}", size, length);
    } else {
      sum += size;
    }
  }
  if (rest != nullptr && sum <= length) {
    *rest = length - sum;
    sum = length;
  }
  if (sum != length)
    return fail(Code::invalid_input, "pieces of {} together from a dimension of {}", sum, length);
  return sizes;
}

Result<std::vector<std::int64_t>> equal_sizes(const Split& op, std::int64_t length) {
  if (length % op.parts != 0 && !op.smaller_last)
    return fail(Code::invalid_input, "a dimension of {} into {} equal parts", length, op.parts);
  const std::int64_t most = length / op.parts + (length % op.parts == 0 ? 0 : 1);
  std::vector<std::int64_t> sizes;
  for (std::int64_t i = 0; i < op.parts; ++i) {
    sizes.push_back(std::min(most, length));
    length -= sizes.back();
  }
  return sizes;
}

}  // namespace

Result<Types> Split::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 2));
  const auto& x = inputs.type(0);
  const auto along = SLIPWAY_TRY(checked_axis(axis, x.shape.rank()));
  if (parts < 1 || parts > kMaxParts) return fail(Code::invalid_input, "{} parts", parts);
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(parts), Shape::kUnknown);
  const bool known_length = x.shape[along] != Shape::kUnknown;
  if (inputs.has(1)) {
    SLIPWAY_TRY(check_rank("the sizes", inputs.type(1), 1));
    SLIPWAY_TRY(same_dim(inputs.type(1).shape[0], parts));
    const auto given = SLIPWAY_TRY(known_integers(inputs, 1));
    if (given && known_length) sizes = SLIPWAY_TRY(resolve_sizes(*given, x.shape[along]));
  } else if (known_length) {
    sizes = SLIPWAY_TRY(equal_sizes(*this, x.shape[along]));
  }
  Types types;
  std::vector<std::int64_t> dims(x.shape.begin(), x.shape.end());
  for (const auto size : sizes) {
    dims[along] = size;
    types.emplace_back(moved(x, SLIPWAY_TRY(Shape::make(dims))));
  }
  return types;
}

Cost Split::cost(std::span<const TensorType>) const { return {}; }

Result<void> Split::eval(EvalIo& io) const {
  const auto& x = io.input(0);
  const auto along = SLIPWAY_TRY(checked_axis(axis, x.shape().rank()));
  const std::size_t step = row_bytes(x.type(), along);
  std::size_t first = 0;
  for (std::size_t i = 0; i < io.output_count(); ++i) {
    const std::size_t row = row_bytes(io.output_type(i), along);
    if (row > step - first)
      return fail(Code::invalid_input, "the pieces are more than {}", x.shape().text());
    take_rows(x.bytes(), first, step, row, io.out_bytes(i));
    first += row;
  }
  return {};
}

}  // namespace slipway::ops
