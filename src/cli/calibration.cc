#include "cli/calibration.h"

#include <algorithm>

#include "cli/pictures.h"
#include "tensor/files.h"
#include "vision/decode.h"
#include "vision/preprocess.h"

namespace slipway::cli {
namespace {

bool can_be_read(std::string_view path) {
  return has_picture_extension(path) || extension(path) == "npy";
}

constexpr auto kEnds = "pictures end in .jpg .jpeg .png .bmp .ppm .pgm .pbm .pnm, tensors in .npy";

Result<std::vector<std::string>> in_folder(World& world, const std::string& folder) {
  std::vector<std::string> out;
  for (const auto& name : SLIPWAY_TRY(world.files.list(folder))) {
    const auto path = join(folder, name);
    if (can_be_read(name) && world.files.kind(path) == Files::Kind::file) out.push_back(path);
  }
  if (out.empty())
    return fail(Code::not_found, "there is no picture in the folder {}", folder)
        .with_remedy(fmt::format("{}; folders below are not looked into", kEnds));
  return out;
}

Result<std::vector<std::string>> in_list(World& world, const std::string& list) {
  const auto bytes = SLIPWAY_TRY(world.files.read(list));
  std::string_view text = as_text(bytes);
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty()) continue;
    out.push_back(line.front() == '/' ? std::string(line) : join(parent(list), line));
    if (world.files.kind(out.back()) != Files::Kind::file)
      return fail(Code::not_found, "the list {} names {}, which is no file", list, out.back())
          .with_remedy("a list has the path of one picture per line, from its own folder");
  }
  if (out.empty())
    return fail(Code::not_found, "the list {} names no picture", list)
        .with_remedy("a list has the path of one picture per line, from its own folder");
  return out;
}

}  // namespace

Result<std::vector<std::string>> calibration_files(World& world, const std::string& argument) {
  switch (world.files.kind(argument)) {
    case Files::Kind::absent:
      return fail(Code::not_found, "no such file: {}", argument);
    case Files::Kind::folder:
      return in_folder(world, argument);
    case Files::Kind::file:
      break;
  }
  if (can_be_read(argument)) return std::vector{argument};
  return in_list(world, argument);
}

Result<PictureReader> PictureReader::make(const Graph& graph, Recipe recipe, bool is_guessed) {
  PictureReader out;
  out.input_ = SLIPWAY_TRY(picture_input(graph));
  out.recipe_ = std::move(recipe);
  out.is_guessed_ = is_guessed;
  return out;
}

Result<std::vector<Tensor>> PictureReader::read(const Files& files, const std::string& path) const {
  if (extension(path) == "npy") {
    const auto tensor = SLIPWAY_TRY(from_npy(SLIPWAY_TRY(files.read(path))));
    if (tensor.dtype() != input_.dtype || tensor.shape() != input_.shape)
      return fail(Code::invalid_input, "{} is {}, the model takes {}", path, tensor.type().text(),
                  input_.text());
    return std::vector{tensor};
  }
  const auto picture = SLIPWAY_TRY(read_picture(files, path));
  const auto size = SLIPWAY_TRY(input_size(input_, recipe_));
  if (is_guessed_ && (picture.width != size.width || picture.height != size.height)) {
    return fail(Code::invalid_input,
                "{} has {} x {} pixels, the model takes {} x {}, and nothing says how the one "
                "becomes the other",
                path, picture.width, picture.height, size.width, size.height)
        .with_remedy("--recipe F, or --mean and --std for what the network was trained with");
  }
  const auto batch = static_cast<std::size_t>(std::max<std::int64_t>(1, input_.shape[0]));
  const std::vector<Picture> pictures(batch, picture);
  return std::vector{SLIPWAY_TRY(to_input(pictures, recipe_, input_))};
}

StateFile::StateFile(World& world, const std::string& output, std::string key, std::string settings)
    : world_(world),
      path_(output + ".calibration.json"),
      key_(std::move(key)),
      settings_(std::move(settings)),
      saved_(world.clock.now()) {}

std::optional<quant::State> StateFile::load() {
  if (world_.files.kind(path_) != Files::Kind::file) return std::nullopt;
  const auto bytes = world_.files.read(path_);
  auto state = bytes ? quant::parse_state(as_text(*bytes)) : bytes.error();
  if (!state) {
    world_.note("{} cannot be read ({}): calibration begins anew", path_, state.error().message);
    return std::nullopt;
  }
  if (state->key != key_) {
    world_.note("{} is of another model or other pictures: calibration begins anew", path_);
    return std::nullopt;
  }
  if (state->settings != settings_ && state->phase > quant::Phase::ranges) {
    state->phase = quant::Phase::draft;
    state->next = 0;
    state->draft.clear();
    state->tried.clear();
    state->errors.clear();
    state->flips.clear();
    state->rounded.clear();
    state->choice = {};
    state->quality.clear();
  }
  world_.note("calibration goes on from {}", path_);
  return *std::move(state);
}

Result<void> StateFile::save(const quant::State& state, bool now) {
  constexpr double kApartMs = 1000;
  if (!now && milliseconds(saved_, world_.clock.now()) < kApartMs) return {};
  auto named = state;
  named.key = key_;
  named.settings = settings_;
  const auto text = quant::to_text(named);
  SLIPWAY_TRY(world_.files.write(path_, as_bytes(text)));
  saved_ = world_.clock.now();
  return {};
}

}  // namespace slipway::cli
