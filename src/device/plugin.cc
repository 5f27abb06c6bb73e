// The other side of plugin.h: a Device that asks a shared library. Nothing a plugin returns is
// believed unchecked.

#include "device/plugin.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <mutex>

#include <dlfcn.h>

#include "device/load_plugin.h"
#include "device/part.h"
#include "ir/interpret.h"
#include "ir/text.h"

namespace slipway {
namespace {

constexpr std::size_t kGuardBytes = 64;
constexpr std::byte kGuard{0xA5};

static_assert(SLIPWAY_F32 == static_cast<int>(DType::f32));
static_assert(SLIPWAY_U8 == static_cast<int>(DType::u8));
static_assert(SLIPWAY_BOOL == static_cast<int>(DType::boolean));

/// An open library and its device. Programs share it, so that it stays open while one lives.
struct Library {
  void* handle = nullptr;
  slipway_device device = {};  // our copy: what an older plugin lacks at the end is null
  std::mutex one_call;         // calls on one device never overlap

  Library() = default;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  ~Library() {
    if (handle != nullptr) dlclose(handle);
  }
};

using LibraryPtr = std::shared_ptr<Library>;

slipway_text text_of(const std::string& text) { return {text.c_str(), text.size()}; }

/// A plugin's view of a tensor; the data is only read where it is an input.
slipway_tensor tensor_of(const TensorType& type, const std::byte* data, std::size_t size) {
  return {static_cast<std::int32_t>(type.dtype), static_cast<std::int32_t>(type.shape.rank()),
          type.shape.dims().data(), const_cast<std::byte*>(data), size};
}

slipway_tensor tensor_of(const Tensor& tensor) {
  return tensor_of(tensor.type(), tensor.bytes().data(), tensor.bytes().size());
}

Code code_of(std::int32_t status) {
  switch (status) {
    case SLIPWAY_INVALID_INPUT:
      return Code::invalid_input;
    case SLIPWAY_UNSUPPORTED:
      return Code::unsupported;
    case SLIPWAY_UNAVAILABLE:
      return Code::unavailable;
    default:
      return Code::internal;
  }
}

/// The failure that a plugin reports: its own words, or the number alone.
Error failure(const slipway_device& device, std::string_view what, std::int32_t status) {
  const char* words = device.last_error(device.self);
  if (words == nullptr || *words == '\0')
    return fail(code_of(status), "the plugin could not {} and gives no reason ({})", what, status);
  return fail(code_of(status), "{}", words);
}

bool shapes_are_known(const Graph& graph) {
  for (const auto& node : graph.nodes()) {
    for (const auto& output : node.outputs) {
      if (!output.type.is_known()) return false;
    }
  }
  return true;
}

/// The graph as plugins see it: nodes alone, and names that need no quotes.
Graph plain(Graph graph) {
  graph.name.clear();
  graph.metadata.clear();
  graph.recipe.reset();
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(graph.nodes().size()); ++i) {
    for (std::int32_t slot = 0; slot < static_cast<std::int32_t>(graph.node({i}).outputs.size());
         ++slot) {
      const auto& name = graph.value({i, slot}).name;
      const bool odd = std::any_of(name.begin(), name.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '.' &&
               c != '/' && c != '-';
      });
      if (odd) graph.set_name({i, slot}, fmt::format("v{}.{}", i, slot));
    }
  }
  return graph;
}

/// Room for one output, with bytes behind it that must stay as they are.
class Output {
 public:
  explicit Output(const TensorType& type)
      : type_(type), size_(static_cast<std::size_t>(type.bytes())), bytes_(size_ + kGuardBytes) {
    std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(size_), bytes_.end(), kGuard);
  }

  slipway_tensor view() { return tensor_of(type_, bytes_.data(), size_); }

  /// Errors  internal: another size than asked for, or a write behind the end
  Result<Tensor> take(const slipway_tensor& written, std::size_t index) const {
    if (written.size != size_) {
      return fail(Code::internal, "the plugin gave {} bytes for output {}, not {}", written.size,
                  index, size_);
    }
    const auto guard = std::span(bytes_).subspan(size_);
    if (!std::all_of(guard.begin(), guard.end(), [](std::byte b) { return b == kGuard; }))
      return fail(Code::internal, "the plugin wrote behind the end of output {}", index);
    return Tensor::make(type_, std::span(bytes_).first(size_));
  }

 private:
  TensorType type_;
  std::size_t size_;
  Bytes bytes_;
};

class PluginProgram final : public Program {
 public:
  PluginProgram(LibraryPtr library, Graph graph, void* program)
      : library_(std::move(library)), graph_(std::move(graph)), program_(program) {}

  PluginProgram(const PluginProgram&) = delete;
  PluginProgram& operator=(const PluginProgram&) = delete;

  ~PluginProgram() override {
    const std::lock_guard lock(library_->one_call);
    library_->device.release(library_->device.self, program_);
  }

  Result<std::vector<Tensor>> run(std::span<const Tensor> inputs) override {
    SLIPWAY_TRY(check_inputs(graph_, inputs));
    std::vector<slipway_tensor> given;
    for (const auto& input : inputs) given.push_back(tensor_of(input));
    std::vector<Output> room;
    for (const auto id : graph_.outputs()) room.emplace_back(graph_.type(id));
    std::vector<slipway_tensor> written;
    for (auto& output : room) written.push_back(output.view());

    const auto& device = library_->device;
    {
      const std::lock_guard lock(library_->one_call);
      const auto status =
          device.run(device.self, program_, given.data(), static_cast<std::int32_t>(given.size()),
                     written.data(), static_cast<std::int32_t>(written.size()));
      if (status != SLIPWAY_OK) return failure(device, "run the graph", status);
    }
    std::vector<Tensor> outputs;
    for (std::size_t i = 0; i < room.size(); ++i)
      outputs.push_back(SLIPWAY_TRY(room[i].take(written[i], i)));
    return outputs;
  }

  [[nodiscard]] std::optional<double> modelled_seconds() const override {
    const auto& device = library_->device;
    if (device.modelled_seconds == nullptr) return std::nullopt;
    const std::lock_guard lock(library_->one_call);
    return device.modelled_seconds(device.self, program_);
  }

 private:
  LibraryPtr library_;
  Graph graph_;
  void* program_;
};

class PluginDevice final : public Device {
 public:
  PluginDevice(LibraryPtr library, std::string name, std::string path)
      : library_(std::move(library)), name_(std::move(name)), path_(std::move(path)) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::string description() const override {
    return fmt::format("the plugin {}{}", path_,
                       timing() == Timing::modelled ? " (simulated)" : "");
  }

  [[nodiscard]] Timing timing() const override {
    return library_->device.modelled_seconds == nullptr ? Timing::measured : Timing::modelled;
  }

  [[nodiscard]] std::optional<std::string> refuses(const Graph& graph,
                                                   const Node& node) const override {
    auto part = one_node(graph, node);
    if (!part) return part.error().message;
    if (!shapes_are_known(*part)) return "plugins need every shape to be known before running";
    const std::string text = to_text(plain(std::move(part).value()));
    const std::lock_guard lock(library_->one_call);
    const char* reason = library_->device.refuses(library_->device.self, text_of(text));
    if (reason == nullptr) return std::nullopt;
    return *reason == '\0' ? "the plugin gives no reason" : reason;
  }

  [[nodiscard]] double estimate_seconds(const Graph& part) const override {
    const std::string text = to_text(plain(part));
    const std::lock_guard lock(library_->one_call);
    const double seconds = library_->device.estimate_seconds(library_->device.self, text_of(text));
    return std::isfinite(seconds) && seconds >= 0 ? seconds : kUnknownSeconds;
  }

  Result<std::unique_ptr<Program>> compile(const Graph& part) override {
    SLIPWAY_TRY(check_accepted(*this, part));
    if (!shapes_are_known(part))
      return fail(Code::unsupported, "plugins need every shape to be known before running");
    std::vector<Tensor> blobs;
    const std::string text = to_text(plain(part), &blobs);
    std::vector<slipway_tensor> constants;
    for (const auto& blob : blobs) constants.push_back(tensor_of(blob));
    const auto& device = library_->device;
    void* program = nullptr;
    {
      const std::lock_guard lock(library_->one_call);
      const auto status = device.compile(device.self, text_of(text), constants.data(),
                                         static_cast<std::int32_t>(constants.size()), &program);
      if (status != SLIPWAY_OK) return failure(device, "compile the graph", status);
    }
    return std::unique_ptr<Program>(std::make_unique<PluginProgram>(library_, part, program));
  }

 private:
  /// What a device costs that cannot say it: more than any other, so that none is chosen blindly.
  static constexpr double kUnknownSeconds = 1e9;

  LibraryPtr library_;
  std::string name_;
  std::string path_;
};

/// Errors  corrupt: a function that must be there is not
Result<void> check_complete(const slipway_device& device) {
  const std::pair<std::string_view, bool> functions[] = {
      {"name", device.name != nullptr},
      {"refuses", device.refuses != nullptr},
      {"estimate_seconds", device.estimate_seconds != nullptr},
      {"compile", device.compile != nullptr},
      {"run", device.run != nullptr},
      {"release", device.release != nullptr},
      {"last_error", device.last_error != nullptr},
  };
  for (const auto& [name, there] : functions) {
    if (!there) return fail(Code::corrupt, "the plugin's function {} is NULL", name);
  }
  return {};
}

Result<LibraryPtr> open_library(const std::string& path) {
  auto library = std::make_shared<Library>();
  // A bare name would be searched for in the system's folders.
  const std::string place = path.find('/') == std::string::npos ? "./" + path : path;
  library->handle = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library->handle == nullptr) {
    const char* words = dlerror();
    const std::string reason = words == nullptr ? "unknown reason" : words;
    const bool absent = reason.find("No such file") != std::string::npos &&
                        reason.starts_with(place + ": cannot open shared object file");
    return fail(absent ? Code::not_found : Code::invalid_input, "{} cannot be loaded: {}", path,
                reason);
  }
  // The address of a function is what dlsym gives as a pointer to data.
  using Open = const slipway_device* (*)(std::int32_t);
  const auto open = reinterpret_cast<Open>(dlsym(library->handle, "slipway_plugin_open"));
  if (open == nullptr)
    return fail(Code::invalid_input, "{} is no device plugin: it has no slipway_plugin_open", path);
  const slipway_device* given = open(SLIPWAY_PLUGIN_VERSION);
  if (given == nullptr) {
    return fail(Code::unsupported, "{} does not speak version {} of the plugin interface", path,
                SLIPWAY_PLUGIN_VERSION);
  }
  // Members were added behind last_error; a plugin that ends there is whole.
  constexpr std::size_t kLeast = offsetof(slipway_device, modelled_seconds);
  if (given->struct_size < kLeast) {
    return fail(Code::corrupt, "{}: its struct_size is {}, at least {} are needed", path,
                given->struct_size, kLeast);
  }
  const auto* first = reinterpret_cast<const std::byte*>(given);
  std::copy_n(first, std::min(given->struct_size, sizeof library->device),
              reinterpret_cast<std::byte*>(&library->device));
  return library;
}

}  // namespace

Result<std::unique_ptr<Device>> load_plugin(const std::string& path) {
  auto library = SLIPWAY_TRY(open_library(path));
  SLIPWAY_TRY(check_complete(library->device).during("loading {}", path));
  const char* name = library->device.name(library->device.self);
  if (name == nullptr || *name == '\0' || std::string_view(name).find(' ') != std::string::npos)
    return fail(Code::corrupt, "{}: a device's name is one word", path);
  return std::unique_ptr<Device>(std::make_unique<PluginDevice>(std::move(library), name, path));
}

}  // namespace slipway
