#include "ir/op.h"

#include <algorithm>

namespace slipway {

Result<void> KnownInputs::count(std::size_t least, std::size_t most) const {
  if (size() < least || size() > most) {
    if (least == most)
      return fail(Code::invalid_input, "{} inputs are needed, not {}", least, size());
    return fail(Code::invalid_input, "{} to {} inputs are needed, not {}", least, most, size());
  }
  for (std::size_t i = 0; i < least; ++i) {
    if (!has(i)) return fail(Code::invalid_input, "input {} is missing", i);
  }
  return {};
}

EvalIo::EvalIo(std::span<const std::optional<Tensor>> inputs, std::span<const TensorType> outputs)
    : inputs_(inputs), types_(outputs.begin(), outputs.end()), outputs_(outputs.size()) {}

TensorBuilder& EvalIo::builder(std::size_t i) {
  auto& output = outputs_[i];
  if (!output.builder) output.builder.emplace(types_[i]);
  return *output.builder;
}

void EvalIo::allocate(std::size_t i, Shape shape) {
  types_[i].shape = std::move(shape);
  outputs_[i].builder.emplace(types_[i]);
}

Result<void> EvalIo::share(std::size_t i, const Tensor& tensor) {
  if (!types_[i].is_known()) types_[i].shape = tensor.shape();
  outputs_[i].shared = SLIPWAY_TRY(tensor.as(types_[i]));
  return {};
}

bool EvalIo::has_work() const {
  return std::any_of(types_.begin(), types_.end(), [](const TensorType& type) {
    return !type.is_known() || type.shape.elements() > 0;
  });
}

std::vector<Tensor> EvalIo::take() && {
  std::vector<Tensor> tensors;
  tensors.reserve(outputs_.size());
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (outputs_[i].shared) {
      tensors.push_back(std::move(*outputs_[i].shared));
    } else {
      tensors.push_back(std::move(builder(i)).build());  // an empty output was never asked for
    }
  }
  return tensors;
}

}  // namespace slipway
