#include "compile/params.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "compile/merge.h"
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

/// What stands in front of the plans, whichever there are.
struct Front {
  engine::ParamsHeader header;
  std::vector<engine::TensorRecord> tensors;
  std::vector<std::vector<engine::StepRecord>> steps;  // of each variant
  Texts texts;
  std::vector<std::uint32_t> scales;
};

Result<Front> front_of(const Compiled& compiled) {
  Front out;
  for (const auto* specs : {&compiled.inputs, &compiled.outputs})
    for (const auto& spec : *specs)
      out.tensors.push_back(SLIPWAY_TRY(record_of(spec, out.texts, out.scales)));
  for (const auto& variant : compiled.variants) {
    out.steps.emplace_back();
    for (const auto& note : variant.plan.notes) {
      const auto words = note.words.empty() ? note.kernel : note.kernel + ", " + note.words;
      out.steps.back().push_back({out.texts.add(note.node), out.texts.add(words)});
    }
  }
  out.texts.add("");
  out.header.magic = engine::kParamsMagic;
  out.header.processor = compiled.processor;
  out.header.inputs = static_cast<std::uint32_t>(compiled.inputs.size());
  out.header.outputs = static_cast<std::uint32_t>(compiled.outputs.size());
  std::memcpy(out.header.engine, engine::engine_id(), sizeof out.header.engine);
  return out;
}

/// Puts the header in front, with its checksums; that of the body reaches up to `front`.
Bytes sealed(engine::ParamsHeader header, Bytes bytes, std::size_t front) {
  header.file_bytes = bytes.size();
  header.body = engine::checksum(bytes.data() + sizeof header, front - sizeof header);
  std::memcpy(bytes.data(), &header, sizeof header);
  header.header = engine::checksum(bytes.data(), sizeof header - sizeof header.header);
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

/// Kernels read whole vectors: there must be something behind the last constant.
void end(Bytes& bytes) {
  bytes.resize((bytes.size() + 2 * kAlignment - 1) / kAlignment * kAlignment);
}

Bytes with_one_plan(Front front, const Variant& variant) {
  auto& header = front.header;
  header.version = engine::kParamsVersion;
  header.isa = static_cast<std::uint32_t>(variant.isa);
  Sections file(sizeof header);
  header.tensors = file.add(view_of(front.tensors));
  header.steps = file.add(view_of(front.steps[0]));
  header.texts = file.add(front.texts.bytes());
  header.scales = file.add(view_of(front.scales));
  header.plan = file.add(view_of(variant.plan.plan));
  header.constants = file.add(variant.plan.constants, kPage);
  end(file.bytes());
  const auto count = file.bytes().size();
  return sealed(header, std::move(file.bytes()), count);
}

/// The front, a part for each plan, and a part for each group of constants. A part reaches up to
/// the next one, so that no byte of the file is in none.
Bytes with_variants(Front front, std::span<const Variant> variants) {
  auto& header = front.header;
  header.version = engine::kVariantsVersion;
  const auto merged = merge(variants);
  std::vector<engine::VariantRecord> records(variants.size());
  std::vector<engine::PartRecord> parts(variants.size() + merged.groups.size());
  Sections file(sizeof header);
  header.tensors = file.add(view_of(front.tensors));
  header.texts = file.add(front.texts.bytes());
  header.scales = file.add(view_of(front.scales));
  header.steps = file.add(view_of(records));
  header.plan = file.add(view_of(parts));
  for (std::size_t i = 0; i < variants.size(); ++i) {
    records[i].isa = static_cast<std::uint32_t>(variants[i].isa);
    records[i].steps = file.add(view_of(front.steps[i]));
    records[i].plan = file.add(view_of(merged.plans[i]));
    parts[i].bytes.offset = records[i].steps.offset;
    parts[i].variants = std::uint64_t{1} << i;
  }
  header.constants = file.add(merged.constants, kPage);
  for (std::size_t i = 0; i < merged.groups.size(); ++i) {
    auto& part = parts[variants.size() + i];
    part.bytes.offset = header.constants.offset + merged.groups[i].offset;
    part.variants = merged.groups[i].variants;
  }
  auto& bytes = file.bytes();
  end(bytes);
  header.front = static_cast<std::uint32_t>(parts[0].bytes.offset);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto& part = parts[i];
    const auto next = i + 1 < parts.size() ? parts[i + 1].bytes.offset : bytes.size();
    part.bytes.bytes = next - part.bytes.offset;
    part.checksum = engine::checksum(bytes.data() + part.bytes.offset, part.bytes.bytes);
  }
  std::ranges::copy(view_of(records), bytes.data() + header.steps.offset);
  std::ranges::copy(view_of(parts), bytes.data() + header.plan.offset);
  return sealed(header, std::move(bytes), header.front);
}

}  // namespace

Result<Bytes> write_params(const Compiled& compiled) {
  auto front = SLIPWAY_TRY(front_of(compiled));
  SLIPWAY_CHECK(!compiled.variants.empty());
  return compiled.variants.size() == 1 ? with_one_plan(std::move(front), compiled.variants[0])
                                       : with_variants(std::move(front), compiled.variants);
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
