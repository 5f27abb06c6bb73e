#include "compile/package.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/sha256.h"
#include "tensor/tensor.h"

namespace slipway::compile {
namespace {

constexpr std::int64_t kSchema = 1;
constexpr std::string_view kJson = "deploy.json";
constexpr std::string_view kParams = "deploy.params";
constexpr std::string_view kLibrary = "deploy.so";
constexpr std::size_t kDigits = 64;  // of a SHA-256

/// A picture's elements in another order, under its shape with the channels first: `to_last` turns
/// channels first into last, else back.
Tensor moved(const Tensor& tensor, bool to_last) {
  const auto& shape = tensor.shape();
  const auto n = shape[0];
  const auto c = shape[1];
  const auto pixels = tensor.elements() / std::max<std::int64_t>(1, n * c);
  TensorBuilder builder({tensor.dtype(), shape});
  const auto size = static_cast<std::size_t>(size_of(tensor.dtype()));
  const auto from = tensor.bytes();
  const auto to = builder.bytes();
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k < c; ++k) {
      for (std::int64_t p = 0; p < pixels; ++p) {
        const auto first = static_cast<std::size_t>((i * c + k) * pixels + p) * size;
        const auto last = static_cast<std::size_t>((i * pixels + p) * c + k) * size;
        std::memcpy(to.data() + (to_last ? last : first), from.data() + (to_last ? first : last),
                    size);
      }
    }
  }
  return std::move(builder).build();
}

/// Whether the real numbers alone do not say what the tensor's elements are.
bool needs_raw(const TensorType& type) { return type.dtype != DType::f32; }

/// Flat float32, pictures channels last.
Bytes as_floats(const Tensor& tensor, TensorLayout layout) {
  const Tensor real = dequantized(tensor);
  const Tensor ordered = layout == TensorLayout::nchw ? moved(real, true) : real;
  return Bytes(ordered.bytes().begin(), ordered.bytes().end());
}

Result<Tensor> from_floats(BytesView bytes, const TensorSpec& spec) {
  const TensorType real{DType::f32, spec.type.shape};
  const auto tensor = SLIPWAY_TRY(Tensor::make(real, bytes));
  return spec.layout == TensorLayout::nchw ? moved(tensor, false) : tensor;
}

std::string bin_name(bool input, std::size_t i) {
  return fmt::format("{}{}.bin", input ? "input" : "ref_result_", i);
}

std::string raw_name(bool input, std::size_t i) {
  return fmt::format("{}{}.raw", input ? "input" : "ref_result_", i);
}

Json shape_json(const Shape& shape) {
  Json out(Json::Array{});
  for (const auto dim : shape) out.push(dim);
  return out;
}

Json spec_json(const TensorSpec& spec, bool input, std::size_t i) {
  Json out;
  out.set("name", spec.name);
  out.set("dtype", name_of(spec.type.dtype));
  out.set("shape", shape_json(spec.type.shape));
  out.set("layout", name_of(spec.layout));
  if (spec.type.quant) {
    Json quant;
    Json scales(Json::Array{});
    Json zeros(Json::Array{});
    for (const float scale : spec.type.quant->scale) scales.push(static_cast<double>(scale));
    for (const auto zero : spec.type.quant->zero_point) zeros.push(zero);
    if (spec.type.quant->per_axis()) quant.set("axis", spec.type.quant->axis);
    quant.set("scale", std::move(scales));
    quant.set("zero_point", std::move(zeros));
    out.set("quant", std::move(quant));
  }
  out.set("file", bin_name(input, i));
  if (needs_raw(spec.type)) out.set("raw", raw_name(input, i));
  return out;
}

Json plan_json(const cpu::BuiltPlan& plan) {
  Json out(Json::Array{});
  for (const auto& note : plan.notes)
    out.push(fmt::format("{}: {}{}{}", note.node, note.kernel, note.words.empty() ? "" : ", ",
                         note.words));
  return out;
}

void set_variant(Json& json, const Variant& variant) {
  set_floats(json, variant.floats);
  json.set("steps", variant.plan.notes.size());
  json.set("constant_bytes", variant.plan.constants.size());
  json.set("arena_bytes", variant.plan.arena_bytes);
  json.set("choices", variant.plan.questions.size());
  json.set("measured", variant.choices.size());
}

/// deploy.json with the checksum of itself in its first member: that of its bytes with zeros in
/// place of the digits.
std::string sealed(Json members) {
  Json document;
  document.set("sha256", std::string(kDigits, '0'));
  for (const auto& [name, value] : *members.object()) document.set(name, value);
  std::string text = document.text() + "\n";
  const auto at = text.find(std::string(kDigits, '0'));
  text.replace(at, kDigits, sha256(as_bytes(text)));
  return text;
}

/// Where the digits stand, or npos.
std::size_t seal_of(std::string_view text) {
  constexpr std::string_view kBegin = "{\n  \"sha256\": \"";
  const bool fits = text.starts_with(kBegin) && text.size() > kBegin.size() + kDigits &&
                    text[kBegin.size() + kDigits] == '"';
  return fits ? kBegin.size() : std::string_view::npos;
}

Result<void> check_seal(std::string_view text) {
  const auto at = seal_of(text);
  if (at == std::string_view::npos)
    return fail(Code::corrupt, "deploy.json does not begin with its checksum");
  std::string zeros(text);
  zeros.replace(at, kDigits, std::string(kDigits, '0'));
  if (sha256(as_bytes(zeros)) != text.substr(at, kDigits))
    return fail(Code::corrupt, "deploy.json is damaged: its bytes do not have its checksum");
  return {};
}

// ---- reading members that must be there ------------------------------------------------------

Result<const Json*> member(const Json& in, std::string_view name) {
  const auto* found = in.find(name);
  if (found == nullptr) return fail(Code::corrupt, "deploy.json has no member '{}'", name);
  return found;
}

Result<std::string> text_member(const Json& in, std::string_view name) {
  const auto* text = SLIPWAY_TRY(member(in, name))->string();
  if (text == nullptr) return fail(Code::corrupt, "'{}' of deploy.json is no text", name);
  return *text;
}

Result<const Json::Array*> array_member(const Json& in, std::string_view name) {
  const auto* array = SLIPWAY_TRY(member(in, name))->array();
  if (array == nullptr) return fail(Code::corrupt, "'{}' of deploy.json is no list", name);
  return array;
}

Result<std::int64_t> integer_of(const Json& json) {
  if (json.integer() == nullptr) return fail(Code::corrupt, "deploy.json has no number for one");
  return *json.integer();
}

Result<Quantization> quant_of(const Json& json) {
  Quantization out;
  for (const auto& scale : *SLIPWAY_TRY(array_member(json, "scale")))
    out.scale.push_back(static_cast<float>(SLIPWAY_TRY(scale.number())));
  for (const auto& zero : *SLIPWAY_TRY(array_member(json, "zero_point")))
    out.zero_point.push_back(static_cast<std::int32_t>(SLIPWAY_TRY(integer_of(zero))));
  if (const auto* axis = json.find("axis"))
    out.axis = static_cast<int>(SLIPWAY_TRY(integer_of(*axis)));
  return out;
}

Result<TensorSpec> spec_of(const Json& json) {
  TensorSpec out;
  out.name = SLIPWAY_TRY(text_member(json, "name"));
  const auto dtype = dtype_from(SLIPWAY_TRY(text_member(json, "dtype")));
  const auto layout = layout_from(SLIPWAY_TRY(text_member(json, "layout")));
  if (!dtype || !layout) return fail(Code::corrupt, "deploy.json has an unknown dtype or layout");
  std::vector<std::int64_t> dims;
  for (const auto& dim : *SLIPWAY_TRY(array_member(json, "shape")))
    dims.push_back(SLIPWAY_TRY(integer_of(dim)));
  out.type.dtype = *dtype;
  out.type.shape = SLIPWAY_TRY(Shape::make(dims));
  out.layout = *layout;
  if (!out.type.is_known()) return fail(Code::corrupt, "'{}' has an open dimension", out.name);
  if (const auto* quant = json.find("quant")) {
    out.type.quant = SLIPWAY_TRY(quant_of(*quant));
    SLIPWAY_TRY(check(*out.type.quant, out.type.dtype, out.type.shape));
  }
  if (out.layout == TensorLayout::nchw && out.type.shape.rank() != 4)
    return fail(Code::corrupt, "'{}' is no picture", out.name);
  return out;
}

/// The tensor that belongs to an input or output, as it was when the deployment was made.
Result<Tensor> tensor_of(const Deployment& deployment, const TensorSpec& spec, bool input,
                         std::size_t i) {
  const bool raw = needs_raw(spec.type);
  const auto name = raw ? raw_name(input, i) : bin_name(input, i);
  const auto* file = deployment.find(name);
  if (file == nullptr) return fail(Code::corrupt, "{} is missing", name);
  if (raw) return Tensor::make(spec.type, file->bytes());
  return from_floats(file->bytes(), spec);
}

/// Whether a file of that name may belong to a deployment.
bool is_file_of_ours(const std::string& name) {
  const bool numbers = name.ends_with(".bin") || name.ends_with(".raw");
  return name == kJson || name == kParams || name == kLibrary ||
         (numbers && (name.starts_with("input") || name.starts_with("ref_result_")));
}

/// The names in deploy.json's list of files, with what they should be.
struct Listed {
  std::string name;
  std::int64_t bytes = 0;
  std::string sha256;
};

Result<std::vector<Listed>> listed_files(const Json& json) {
  const auto* files = SLIPWAY_TRY(member(json, "files"))->object();
  if (files == nullptr) return fail(Code::corrupt, "'files' of deploy.json is no object");
  std::vector<Listed> out;
  for (const auto& [name, entry] : *files) {
    const auto bytes = SLIPWAY_TRY(integer_of(*SLIPWAY_TRY(member(entry, "bytes"))));
    out.push_back({name, bytes, SLIPWAY_TRY(text_member(entry, "sha256"))});
  }
  return out;
}

Result<Json> read_json(BytesView bytes) {
  const auto text = as_text(bytes);
  SLIPWAY_TRY(check_seal(text));
  auto json = SLIPWAY_TRY(parse_json(text).during("reading deploy.json"));
  const auto schema = SLIPWAY_TRY(integer_of(*SLIPWAY_TRY(member(json, "schema"))));
  if (schema != kSchema) {
    return fail(Code::unsupported,
                "deploy.json has version {} of the format, this program reads {}", schema, kSchema)
        .with_remedy("compile the model again, or use a newer slipway");
  }
  return json;
}

}  // namespace

Result<Deployment> in_memory(const Compiled& compiled) {
  Deployment out;
  out.name = compiled.name;
  out.inputs = compiled.inputs;
  out.outputs = compiled.outputs;
  out.recipe = compiled.recipe;
  out.device = "CPU";
  out.host_arch = name_of(compiled.processor);
  for (const auto& variant : compiled.variants)
    out.plans.push_back({std::string(kernels::name_of(variant.isa)), variant.tolerance});
  out.threads = compiled.threads;
  out.files.push_back({std::string(kParams), aligned_copy(SLIPWAY_TRY(write_params(compiled)))});
  return out;
}

Result<Package> package(const Compiled& compiled, const Provenance& provenance, BytesView library) {
  Package out;
  out.push_back({std::string(kParams), aligned_copy(SLIPWAY_TRY(write_params(compiled)))});
  out.push_back({std::string(kLibrary), aligned_copy(library)});
  const auto add_tensors = [&](const std::vector<TensorSpec>& specs,
                               const std::vector<Tensor>& tensors, bool input) {
    for (std::size_t i = 0; i < specs.size(); ++i) {
      out.push_back({bin_name(input, i), aligned_copy(as_floats(tensors[i], specs[i].layout))});
      if (!needs_raw(specs[i].type)) continue;
      out.push_back({raw_name(input, i), aligned_copy(tensors[i].bytes())});
    }
  };
  add_tensors(compiled.inputs, compiled.sample, true);
  add_tensors(compiled.outputs, compiled.reference, false);

  Json json;
  json.set("schema", kSchema);
  json.set("name", compiled.name);
  Json inputs(Json::Array{});
  for (std::size_t i = 0; i < compiled.inputs.size(); ++i)
    inputs.push(spec_json(compiled.inputs[i], true, i));
  Json outputs(Json::Array{});
  for (std::size_t i = 0; i < compiled.outputs.size(); ++i) {
    auto spec = spec_json(compiled.outputs[i], false, i);
    double widest = 0;
    for (const auto& variant : compiled.variants) widest = std::max(widest, variant.tolerance[i]);
    spec.set("tolerance", widest);
    outputs.push(std::move(spec));
  }
  json.set("inputs", std::move(inputs));
  json.set("outputs", std::move(outputs));
  if (compiled.recipe) {
    auto recipe = parse_json(to_text(*compiled.recipe));
    SLIPWAY_CHECK(recipe.ok());
    json.set("recipe", *std::move(recipe));
  }
  const auto& first = compiled.variants.at(0);
  Json part;
  part.set("device", "CPU");
  part.set("host_arch", name_of(compiled.processor));
  part.set("isa", kernels::name_of(first.isa));
  part.set("threads", compiled.threads);
  if (compiled.target) part.set("target", name_of(*compiled.target));
  set_variant(part, first);
  part.set("params", kParams);
  part.set("library", kLibrary);
  if (compiled.variants.size() > 1) {
    Json variants(Json::Array{});
    for (const auto& variant : compiled.variants) {
      Json entry;
      entry.set("isa", kernels::name_of(variant.isa));
      set_variant(entry, variant);
      Json tolerance(Json::Array{});
      for (const double each : variant.tolerance) tolerance.push(each);
      entry.set("tolerance", std::move(tolerance));
      entry.set("plan", plan_json(variant.plan));
      variants.push(std::move(entry));
    }
    part.set("variants", std::move(variants));
  }
  json.set("parts", Json(Json::Array{std::move(part)}));
  json.set("plan", plan_json(first.plan));
  Json from;
  from.set("model", provenance.model);
  if (!provenance.model_sha256.empty()) from.set("model_sha256", provenance.model_sha256);
  Json flags(Json::Array{});
  for (const auto& flag : provenance.flags) flags.push(flag);
  from.set("flags", std::move(flags));
  from.set("machine", provenance.machine);
  from.set("slipway", provenance.version);
  if (!provenance.commit.empty()) from.set("commit", provenance.commit);
  from.set("engine", engine::engine_id());
  json.set("provenance", std::move(from));
  Json files;
  for (const auto& file : out) {
    Json entry;
    entry.set("bytes", file.content.bytes().size());
    entry.set("sha256", sha256(file.content.bytes()));
    files.set(file.name, std::move(entry));
  }
  json.set("files", std::move(files));
  out.insert(out.begin(), {std::string(kJson), aligned_copy(as_bytes(sealed(std::move(json))))});
  return out;
}

Mapping aligned_copy(BytesView bytes) {
  constexpr std::size_t kAlignment = 64;
  const std::size_t room = (bytes.size() / kAlignment + 1) * kAlignment;
  std::shared_ptr<std::byte> owner(static_cast<std::byte*>(std::aligned_alloc(kAlignment, room)),
                                   [](std::byte* at) { std::free(at); });
  SLIPWAY_CHECK(owner != nullptr);
  std::ranges::copy(bytes, owner.get());
  const BytesView view(owner.get(), bytes.size());
  return Mapping(std::move(owner), view);
}

const Mapping* Deployment::find(std::string_view file) const {
  const auto at = std::ranges::find(files, file, &PackageFile::name);
  return at == files.end() ? nullptr : &at->content;
}

Result<Deployment> read_package(Package files) {
  Deployment out;
  out.files = std::move(files);
  const auto* json = out.find(kJson);
  if (json == nullptr) return fail(Code::corrupt, "deploy.json is missing");
  out.json = SLIPWAY_TRY(read_json(json->bytes()));
  for (const auto& file : SLIPWAY_TRY(listed_files(out.json))) {
    const auto* found = out.find(file.name);
    if (found == nullptr) return fail(Code::corrupt, "{} is missing", file.name);
    const auto bytes = found->bytes();
    if (!std::cmp_equal(bytes.size(), file.bytes)) {
      return fail(Code::corrupt, "{} has {} bytes, not the {} that were written", file.name,
                  bytes.size(), file.bytes);
    }
    if (sha256(bytes) != file.sha256) {
      return fail(Code::corrupt, "{} is damaged: its bytes do not have the checksum in deploy.json",
                  file.name);
    }
  }
  for (const auto name : {kParams, kLibrary})
    if (out.find(name) == nullptr) return fail(Code::corrupt, "{} is missing", name);
  out.name = SLIPWAY_TRY(text_member(out.json, "name"));
  for (const auto& input : *SLIPWAY_TRY(array_member(out.json, "inputs")))
    out.inputs.push_back(SLIPWAY_TRY(spec_of(input)));
  std::vector<double> tolerance;
  for (const auto& output : *SLIPWAY_TRY(array_member(out.json, "outputs"))) {
    out.outputs.push_back(SLIPWAY_TRY(spec_of(output)));
    tolerance.push_back(SLIPWAY_TRY(SLIPWAY_TRY(member(output, "tolerance"))->number()));
  }
  if (const auto* recipe = out.json.find("recipe"))
    out.recipe = SLIPWAY_TRY(parse_recipe(recipe->text()).during("reading the recipe"));
  const auto& parts = *SLIPWAY_TRY(array_member(out.json, "parts"));
  if (parts.size() != 1)
    return fail(Code::unsupported, "it has {} parts; this program runs those of one", parts.size());
  out.device = SLIPWAY_TRY(text_member(parts[0], "device"));
  out.host_arch = SLIPWAY_TRY(text_member(parts[0], "host_arch"));
  if (parts[0].find("target") != nullptr) out.target = SLIPWAY_TRY(text_member(parts[0], "target"));
  if (parts[0].find("variants") == nullptr) {
    out.plans.push_back({SLIPWAY_TRY(text_member(parts[0], "isa")), tolerance});
  } else {
    for (const auto& variant : *SLIPWAY_TRY(array_member(parts[0], "variants"))) {
      Deployment::Plan plan{SLIPWAY_TRY(text_member(variant, "isa")), {}};
      for (const auto& each : *SLIPWAY_TRY(array_member(variant, "tolerance")))
        plan.tolerance.push_back(SLIPWAY_TRY(each.number()));
      if (plan.tolerance.size() != tolerance.size())
        return fail(Code::corrupt, "the plan for '{}' has another number of outputs", plan.isa);
      out.plans.push_back(std::move(plan));
    }
  }
  const auto threads = SLIPWAY_TRY(integer_of(*SLIPWAY_TRY(member(parts[0], "threads"))));
  out.threads = static_cast<int>(std::clamp<std::int64_t>(threads, 0, 256));
  for (std::size_t i = 0; i < out.inputs.size(); ++i)
    out.sample.push_back(SLIPWAY_TRY(tensor_of(out, out.inputs[i], true, i)));
  for (std::size_t i = 0; i < out.outputs.size(); ++i)
    out.reference.push_back(SLIPWAY_TRY(tensor_of(out, out.outputs[i], false, i)));
  return out;
}

bool is_deployment(const Files& files, const std::string& folder) {
  return files.kind(join(folder, kJson)) == Files::Kind::file ||
         files.kind(join(folder, kParams)) == Files::Kind::file;
}

Result<Package> read_folder(const Files& files, const std::string& folder) {
  if (files.kind(join(folder, kJson)) != Files::Kind::file)
    return fail(Code::corrupt, "{} is missing", kJson);
  auto content = SLIPWAY_TRY(files.map(join(folder, kJson)));
  const auto json = SLIPWAY_TRY(read_json(content.bytes()));
  Package out;
  out.push_back({std::string(kJson), std::move(content)});
  for (const auto& file : SLIPWAY_TRY(listed_files(json))) {
    // A name is not a path: nothing outside of the folder is opened.
    if (file.name.find('/') != std::string::npos)
      return fail(Code::corrupt, "deploy.json names the file '{}'", file.name);
    if (files.kind(join(folder, file.name)) != Files::Kind::file)
      return fail(Code::corrupt, "{} is missing", file.name);
    auto mapped = SLIPWAY_TRY(files.map(join(folder, file.name)));
    out.push_back({file.name, std::move(mapped)});
  }
  return out;
}

Result<void> check_room(const Files& files, const std::string& folder, bool overwrite) {
  if (files.kind(folder) != Files::Kind::folder) return {};
  const auto names = SLIPWAY_TRY(files.list(folder));
  const auto other = std::ranges::find_if_not(names, is_file_of_ours);
  if (other != names.end()) {
    return fail(Code::conflict, "the folder {} holds other things, which would be lost: {}", folder,
                *other)
        .with_remedy("name a folder that does not exist");
  }
  if (!names.empty() && !overwrite) {
    return fail(Code::conflict, "the folder {} holds a deployment already", folder)
        .with_remedy("--overwrite replaces it");
  }
  return {};
}

Result<void> write_folder(Files& files, const std::string& folder, const Package& package) {
  std::vector<NamedBytes> contents;
  for (const auto& file : package) contents.push_back({file.name, file.content.bytes()});
  return files.write_folder(folder, contents);
}

}  // namespace slipway::compile
