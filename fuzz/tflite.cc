// TensorFlow Lite files: what is read keeps the graph's promises, prints as text that reads back,
// and, where it is small, runs or refuses.

#include "formats/tflite/tflite.h"

#include <cstring>

#include "formats/tflite/schema.h"
#include "graph_property.h"
#include "ir/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const MemoryFiles files;
  const auto bytes = std::as_bytes(std::span{data, size});
  if (!tflite_format.can_read(bytes)) return 0;
  const auto graph = tflite_format.read({files, "x.tflite", bytes});
  if (!graph || !verify(*graph)) return 0;
  check_graph(*graph);
  return 0;
}

#if defined(SLIPWAY_LIBFUZZER)
// Half of the time the bytes are changed blindly, as libFuzzer does; the other half a number is
// changed that means something: a dimension, an index, an operator's code or option.

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace slipway {
namespace {

/// The numbers of a file that mean something, as places in its bytes.
class Numbers {
 public:
  explicit Numbers(const tflite::Model& model) {
    vector(model.operator_codes(), [&](const tflite::OperatorCode& code) { table(code); });
    vector(model.subgraphs(), [&](const tflite::SubGraph& graph) { subgraph(graph); });
  }

  struct Place {
    const void* at;
    std::size_t size;
  };

  [[nodiscard]] const std::vector<Place>& places() const { return places_; }

 private:
  template <class T, class Visit>
  static void vector(const flatbuffers::Vector<flatbuffers::Offset<T>>* tables, Visit visit) {
    if (tables == nullptr) return;
    for (const T* entry : *tables) visit(*entry);
  }

  template <class T>
  void numbers(const flatbuffers::Vector<T>* list) {
    if (list == nullptr) return;
    for (unsigned i = 0; i < list->size(); ++i)
      places_.push_back({list->Data() + i * sizeof(T), sizeof(T)});
  }

  /// What lies in a table itself. Offsets are among it; the verifier refuses where those break.
  template <class T>
  void table(const T& any) {
    const auto* start = reinterpret_cast<const std::uint8_t*>(&any);
    const std::uint8_t* vtable = start - flatbuffers::ReadScalar<flatbuffers::soffset_t>(start);
    const auto size = flatbuffers::ReadScalar<flatbuffers::voffset_t>(vtable + 2);
    const auto fields = flatbuffers::ReadScalar<flatbuffers::voffset_t>(vtable);
    for (unsigned i = 4; i + 2 <= fields; i += 2) {
      const auto field = flatbuffers::ReadScalar<flatbuffers::voffset_t>(vtable + i);
      if (field == 0) continue;
      const std::size_t width = size - field >= 4 && field % 4 == 0 ? 4 : 1;
      places_.push_back({start + field, width});
    }
  }

  void subgraph(const tflite::SubGraph& graph) {
    numbers(graph.inputs());
    numbers(graph.outputs());
    vector(graph.tensors(), [&](const tflite::Tensor& tensor) {
      numbers(tensor.shape());
      table(tensor);
      if (const auto* quant = tensor.quantization()) {
        numbers(quant->scale());
        numbers(quant->zero_point());
        table(*quant);
      }
    });
    vector(graph.operators(), [&](const tflite::Operator& op) {
      numbers(op.inputs());
      numbers(op.outputs());
      numbers(op.custom_options());
      table(op);
      // The verifier lets options of unknown types pass unseen.
      const bool known = op.builtin_options_type() > tflite::BuiltinOptions_NONE &&
                         op.builtin_options_type() <= tflite::BuiltinOptions_MAX;
      if (known && op.builtin_options() != nullptr)
        table(*static_cast<const flatbuffers::Table*>(op.builtin_options()));
    });
  }

  std::vector<Place> places_;
};

}  // namespace
}  // namespace slipway

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  using namespace slipway;
  flatbuffers::Verifier verifier(data, size, 64, 100'000);
  if (seed % 2 == 0 || size < 8 || !tflite::VerifyModelBuffer(verifier))
    return LLVMFuzzerMutate(data, size, max_size);
  const Numbers numbers(*tflite::GetModel(data));
  if (numbers.places().empty()) return LLVMFuzzerMutate(data, size, max_size);
  constexpr std::int64_t kValues[] = {
      0,  1,   2,   3,    4,       5,       6,          7,          8,         9,  16, 17,   32, 64,
      97, 127, 128, 255,  65535,   65536,   2147483647, -1,         -2,        -3, -4, -128, 48, 99,
      11, 22,  43,  1000, 1 << 20, 1 << 30, 0x7F800000, 0x7FC00000, 0x3F800000};
  std::uint64_t random = seed;
  for (unsigned round = 0; round < 1 + seed / 2 % 3; ++round) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    const auto& place = numbers.places()[(random >> 33U) % numbers.places().size()];
    // Fields that the schema does not know are not verified: they may lie anywhere.
    const auto offset = static_cast<const std::uint8_t*>(place.at) - data;
    if (offset < 0 || static_cast<std::size_t>(offset) + place.size > size) continue;
    auto* at = data + offset;
    random = random * 6364136223846793005U + 1442695040888963407U;
    if ((random >> 40U) % 4 == 0) {
      LLVMFuzzerMutate(at, place.size, place.size);
      continue;
    }
    const std::int64_t value = kValues[(random >> 33U) % std::size(kValues)];
    std::memcpy(at, &value, std::min(place.size, sizeof value));
  }
  return size;
}
#endif
