#include "compile/params.h"

#include <cstring>
#include <map>

#include "engine/params.h"
#include "slipway/slipway.h"

namespace slipway::compile {
namespace {

static_assert(static_cast<int>(DType::f32) == SLIPWAY_F32);
static_assert(static_cast<int>(DType::i8) == SLIPWAY_I8);
static_assert(static_cast<int>(DType::boolean) == SLIPWAY_BOOL);
static_assert(static_cast<int>(TensorLayout::nhwc) == SLIPWAY_NHWC);
static_assert(static_cast<int>(TensorLayout::nchw) == SLIPWAY_NCHW);

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kPage = 4096;

/// Names, each once, with a zero at its end.
class Texts {
 public:
  std::uint32_t add(const std::string& text) {
    // A name with a zero inside ends there: the reader counts in zeros.
    const std::string name = text.substr(0, text.find('\0'));
    const auto [at, is_new] = places_.try_emplace(name, static_cast<std::uint32_t>(bytes_.size()));
    if (is_new) bytes_ += name + '\0';
    return at->second;
  }

  [[nodiscard]] BytesView bytes() const { return as_bytes(bytes_); }

 private:
  std::string bytes_;
  std::map<std::string, std::uint32_t> places_;
};

Result<engine::TensorRecord> record_of(const TensorSpec& spec, Texts& texts,
                                       std::vector<std::uint32_t>& scales) {
  const auto& type = spec.type;
  if (type.shape.rank() > engine::kMostRank) {
    return fail(Code::unsupported, "'{}' has {} dimensions; a deployment takes up to {}", spec.name,
                type.shape.rank(), engine::kMostRank);
  }
  engine::TensorRecord record;
  record.bytes = static_cast<std::uint64_t>(type.bytes());
  record.rank = static_cast<std::int32_t>(type.shape.rank());
  for (std::size_t i = 0; i < static_cast<std::size_t>(record.rank); ++i)
    record.shape[i] = type.shape[i];
  record.name = texts.add(spec.name);
  record.dtype = static_cast<std::uint32_t>(type.dtype);
  record.layout = static_cast<std::uint32_t>(spec.layout);
  if (!type.quant) return record;
  record.axis = type.quant->axis;
  record.scale_count = static_cast<std::uint32_t>(type.quant->scale.size());
  record.scale_at = static_cast<std::uint32_t>(scales.size());
  for (const float scale : type.quant->scale) scales.push_back(std::bit_cast<std::uint32_t>(scale));
  record.zero_point_at = static_cast<std::uint32_t>(scales.size());
  for (const auto zero : type.quant->zero_point)
    scales.push_back(std::bit_cast<std::uint32_t>(zero));
  return record;
}

/// A file that grows by sections.
class Sections {
 public:
  explicit Sections(std::size_t header) : bytes_(header) {}

  engine::Section add(BytesView bytes, std::size_t alignment = kAlignment) {
    bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment);
    const engine::Section out = {bytes_.size(), bytes.size()};
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return out;
  }

  [[nodiscard]] Bytes& bytes() { return bytes_; }

 private:
  Bytes bytes_;
};

template <class T>
BytesView view_of(const std::vector<T>& values) {
  return std::as_bytes(std::span{values});
}

}  // namespace

Result<Bytes> write_params(const Compiled& compiled) {
  Texts texts;
  std::vector<std::uint32_t> scales;
  std::vector<engine::TensorRecord> tensors;
  for (const auto* specs : {&compiled.inputs, &compiled.outputs})
    for (const auto& spec : *specs) tensors.push_back(SLIPWAY_TRY(record_of(spec, texts, scales)));
  std::vector<engine::StepRecord> steps;
  for (const auto& note : compiled.plan.notes) {
    const auto words = note.words.empty() ? note.kernel : note.kernel + ", " + note.words;
    steps.push_back({texts.add(note.node), texts.add(words)});
  }
  texts.add("");

  engine::ParamsHeader header;
  header.magic = engine::kParamsMagic;
  header.version = engine::kParamsVersion;
  header.processor = compiled.processor;
  header.isa = static_cast<std::uint32_t>(compiled.isa);
  header.inputs = static_cast<std::uint32_t>(compiled.inputs.size());
  header.outputs = static_cast<std::uint32_t>(compiled.outputs.size());
  std::memcpy(header.engine, engine::engine_id(), sizeof header.engine);
  Sections file(sizeof header);
  header.tensors = file.add(view_of(tensors));
  header.steps = file.add(view_of(steps));
  header.texts = file.add(texts.bytes());
  header.scales = file.add(view_of(scales));
  header.plan = file.add(view_of(compiled.plan.plan));
  header.constants = file.add(compiled.plan.constants, kPage);
  auto& bytes = file.bytes();
  // Kernels read whole vectors: there must be something behind the last constant.
  bytes.resize((bytes.size() + 2 * kAlignment - 1) / kAlignment * kAlignment);
  header.file_bytes = bytes.size();
  header.body = engine::checksum(bytes.data() + sizeof header, bytes.size() - sizeof header);
  std::memcpy(bytes.data(), &header, sizeof header);
  header.header = engine::checksum(bytes.data(), sizeof header - sizeof header.header);
  std::memcpy(bytes.data(), &header, sizeof header);
  return std::move(bytes);
}

std::optional<engine::Processor> processor_from(std::string_view name) {
  for (const auto processor : {engine::Processor::x86_64, engine::Processor::aarch64})
    if (name_of(processor) == name) return processor;
  return std::nullopt;
}

std::string_view name_of(engine::Processor processor) {
  return processor == engine::Processor::x86_64 ? "x86_64" : "aarch64";
}

}  // namespace slipway::compile
