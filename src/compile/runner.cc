#include "compile/runner.h"

#include <cstring>

namespace slipway::compile {
namespace {

Code code_of(slipway_status status) {
  switch (status) {
    case SLIPWAY_OK:
      break;
    case SLIPWAY_INVALID_INPUT:
      return Code::invalid_input;
    case SLIPWAY_UNSUPPORTED:
      return Code::unsupported;
    case SLIPWAY_NOT_FOUND:
      return Code::not_found;
    case SLIPWAY_UNAVAILABLE:
      return Code::unavailable;
    case SLIPWAY_CORRUPT:
      return Code::corrupt;
  }
  return Code::internal;
}

Result<void> done(slipway_status status) {
  if (status == SLIPWAY_OK) return {};
  return error_of(status);
}

/// deploy.json and deploy.params must speak of the same network.
Result<void> check_alike(const std::vector<TensorSpec>& specs, std::int32_t count,
                         const slipway_deployment* deployment,
                         slipway_status (*info)(const slipway_deployment*, std::int32_t,
                                                slipway_tensor_info*)) {
  bool alike = std::cmp_equal(specs.size(), count);
  for (std::size_t i = 0; alike && i < specs.size(); ++i) {
    slipway_tensor_info is = {};
    SLIPWAY_TRY(done(info(deployment, static_cast<std::int32_t>(i), &is)));
    alike = std::cmp_equal(is.bytes, specs[i].type.bytes()) &&
            static_cast<int>(is.dtype) == static_cast<int>(specs[i].type.dtype);
  }
  if (!alike) return fail(Code::corrupt, "deploy.json and deploy.params describe two networks");
  return {};
}

}  // namespace

Error error_of(slipway_status status) { return fail(code_of(status), "{}", slipway_error()); }

Result<Runner> Runner::open(const Deployment& deployment, int threads, const std::string& isa) {
  Runner out;
  const auto* params = deployment.find("deploy.params");
  SLIPWAY_CHECK(params != nullptr);
  out.params_ = *params;
  out.inputs_ = deployment.inputs;
  out.outputs_ = deployment.outputs;
  const auto bytes = out.params_.bytes();
  slipway_deployment* opened = nullptr;
  const slipway_open_options how = {.struct_size = sizeof how,
                                    .isa = isa.empty() ? nullptr : isa.c_str()};
  SLIPWAY_TRY(done(slipway_open_memory_with(bytes.data(), bytes.size(), &how, &opened)));
  out.deployment_.reset(opened);
  SLIPWAY_TRY(check_alike(out.inputs_, slipway_input_count(opened), opened, slipway_input_info));
  SLIPWAY_TRY(check_alike(out.outputs_, slipway_output_count(opened), opened, slipway_output_info));
  const slipway_options options = {.struct_size = sizeof options, .threads = threads};
  slipway_session* session = nullptr;
  SLIPWAY_TRY(done(slipway_session_create(opened, &options, &session)));
  out.session_.reset(session);
  return out;
}

Result<void> Runner::set_input(std::size_t index, const Tensor& tensor) {
  const auto& type = inputs_.at(index).type;
  if (tensor.dtype() != type.dtype || tensor.shape() != type.shape) {
    return fail(Code::invalid_input, "input '{}' is {}, not {}", inputs_[index].name, type.text(),
                tensor.type().text());
  }
  const auto bytes = tensor.bytes();
  return done(slipway_set_input(session_.get(), static_cast<std::int32_t>(index), bytes.data(),
                                bytes.size()));
}

Result<void> Runner::run() { return done(slipway_run(session_.get())); }

Tensor Runner::output(std::size_t index) const {
  TensorBuilder builder(outputs_.at(index).type);
  const auto bytes = builder.bytes();
  const auto status = slipway_get_output(session_.get(), static_cast<std::int32_t>(index),
                                         bytes.data(), bytes.size());
  SLIPWAY_CHECK(status == SLIPWAY_OK);
  return std::move(builder).build();
}

std::vector<std::string> Runner::kernels() const {
  std::vector<std::string> out;
  for (std::int32_t i = 0; i < slipway_step_count(deployment_.get()); ++i) {
    slipway_step_info info = {};
    SLIPWAY_CHECK(slipway_step(session_.get(), i, &info) == SLIPWAY_OK);
    out.emplace_back(info.kernel);
  }
  return out;
}

Result<std::vector<Runner::Step>> Runner::profile() {
  SLIPWAY_TRY(done(slipway_profile(session_.get(), 1)));
  SLIPWAY_TRY(run());
  SLIPWAY_TRY(done(slipway_profile(session_.get(), 0)));
  std::vector<Step> steps;
  for (std::int32_t i = 0; i < slipway_step_count(deployment_.get()); ++i) {
    slipway_step_info info = {};
    SLIPWAY_TRY(done(slipway_step(session_.get(), i, &info)));
    steps.push_back({info.name, info.kernel, static_cast<double>(info.nanoseconds) * 1e-3});
  }
  return steps;
}

}  // namespace slipway::compile
