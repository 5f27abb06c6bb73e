#include "ops/quant/lookup.h"

#include "ops/check.h"

namespace slipway::ops {
namespace {

constexpr std::int64_t kEntries = 256;

Result<void> check_bytes(std::string_view what, const TensorType& type) {
  SLIPWAY_TRY(check_dtype(what, type, {DType::u8, DType::i8}));
  if (type.quant && type.quant->per_axis())
    return fail(Code::unsupported, "{} with a scale per axis", what);
  return {};
}

}  // namespace

Result<Types> Lookup::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(2, 2));
  const auto& table = inputs.type(1);
  SLIPWAY_TRY(check_bytes("the input", inputs.type(0)));
  SLIPWAY_TRY(check_bytes("the table", table));
  SLIPWAY_TRY(check_rank("the table", table, 1));
  if (table.is_known() && table.shape[0] != kEntries)
    return fail(Code::invalid_input, "a table of {} entries, not {}", table.shape[0], kEntries);
  return Types{table.with_shape(inputs.type(0).shape)};
}

Cost Lookup::cost(std::span<const TensorType> inputs) const {
  return {.ops = inputs[0].shape.elements()};
}

Result<void> Lookup::eval(EvalIo& io) const {
  const auto table = io.input(1).bytes();
  if (std::ssize(table) != kEntries)
    return fail(Code::invalid_input, "a table of {} entries, not {}", table.size(), kEntries);
  // The smallest signed byte is 0x80: with its highest bit turned over, a byte counts from there.
  const std::byte first{io.type(0).dtype == DType::i8 ? std::uint8_t{0x80} : std::uint8_t{0}};
  const auto x = io.input(0).bytes();
  const auto y = io.out_bytes(0);
  for (std::size_t i = 0; i < x.size(); ++i)
    y[i] = table[std::to_integer<std::size_t>(x[i] ^ first)];
  return {};
}

}  // namespace slipway::ops
