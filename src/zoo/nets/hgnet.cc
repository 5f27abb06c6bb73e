#include "zoo/nets/hgnet.h"

#include "ops/elementwise/binary.h"
#include "ops/resize/resize.h"
#include "zoo/nets/net.h"
#include "zoo/nets/nets.h"

namespace slipway::zoo {
namespace {

ValueId conv(Net& net, const std::string& name, ValueId x, std::int64_t kernel, std::int64_t out,
             std::int64_t stride = 1) {
  return net.conv(name, x,
                  {.out = out, .kernel = kernel, .stride = stride, .activation = Activation::relu});
}

/// The first layer makes `out` channels, with the stride; the others keep both.
ValueId convs(Net& net, const std::string& name, ValueId x, const HgnetArch::Layers& layers,
              std::int64_t out, std::int64_t stride = 1) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    x = conv(net, fmt::format("{}.conv{}", name, i + 1), x, layers[i], out, i == 0 ? stride : 1);
  }
  return x;
}

ValueId enlarge(Net& net, const std::string& name, ValueId x, std::int64_t times) {
  if (times == 1) return x;
  const auto size = net.constant(
      name + ".size", Tensor::of<std::int64_t>({2}, {net.height(x) * times, net.width(x) * times}));
  return net.op(
      ops::Resize{.method = Interpolation::linear, .coordinates = Coordinates::align_corners},
      {x, size}, name);
}

ValueId hourglass(Net& net, const std::string& name, ValueId x, const HgnetArch::Hourglass& arch,
                  std::int64_t base) {
  std::vector<std::int64_t> channels;
  std::vector<ValueId> skips;
  std::int64_t width = base;
  for (std::size_t i = 0; i < arch.down.size(); ++i) {
    const auto& block = arch.down[i];
    width = static_cast<std::int64_t>(static_cast<double>(width) * block.expansion);
    if (width < 1) {
      net.fail_with(fail(Code::invalid_input, "block {} of {} has no channels left", i + 1, name));
      return kNoValue;
    }
    channels.push_back(width);
    x = convs(net, fmt::format("{}.down{}", name, i + 1), x, block.layers, width, i == 0 ? 1 : 2);
    if (i + 1 == arch.down.size()) break;
    skips.push_back(convs(net, fmt::format("{}.skip{}", name, i + 1), x, arch.skip[i], width));
  }
  for (std::size_t i = arch.up.size(); i-- > 0;) {
    const auto level = fmt::format("{}.up{}", name, i + 1);
    x = enlarge(net, level + ".resize", x, 2);
    x = convs(net, level, x, arch.up[i], channels[i]);
    x = net.op(ops::Add{}, {skips[i], x}, level);
  }
  return net.head(name + ".project", x, base);
}

/// Every block but the first halves the size, yet the space wants room for one more.
Result<void> check_size(const NetSpec& spec, const HgnetArch& arch) {
  for (const auto& part : arch.hourglasses) {
    const std::int64_t step = arch.stem_stride << part.down.size();
    if (spec.size % step != 0)
      return fail(
          Code::invalid_input,
          "a size of {}; with a stem of stride {} and {} blocks it must be a multiple of {}",
          spec.size, arch.stem_stride, part.down.size(), step);
  }
  return {};
}

}  // namespace

HgnetArch default_hgnet() {
  return {.stem_stride = 2,
          .base_channels = 24,
          .hourglasses =
              {{.down = {{{3, 3}, 1.5}, {{3, 3}, 1.5}, {{5, 3}, 1.2}, {{3, 3}, 1.2}, {{3}, 1.2}},
                .skip = {{3}, {3}, {}, {}},
                .up = {{3}, {3}, {3}, {3}}}},
          .post = {3}};
}

/// Source  the face segmentation task of Archai; its "same" padding is kernel / 2 all around, also
///         where the stride is 2
Result<Graph> make_hgnet(const NetSpec& spec, const HgnetArch& arch) {
  SLIPWAY_TRY(check_size(spec, arch));
  Net net("hgnet", spec);
  auto x = conv(net, "stem", net.input(), 3, arch.base_channels, arch.stem_stride);
  for (std::size_t i = 0; i < arch.hourglasses.size(); ++i) {
    x = hourglass(net, fmt::format("hourglass{}", i + 1), x, arch.hourglasses[i],
                  arch.base_channels);
  }
  x = enlarge(net, "resize", x, arch.stem_stride);
  x = convs(net, "post", x, arch.post, arch.base_channels);
  net.picture_output("logits", net.head("head", x, spec.classes));
  return net.finish(face_recipe(spec.classes));
}

Result<Graph> make_hgnet(const NetSpec& spec) {
  return make_hgnet(spec,
                    spec.arch.empty() ? default_hgnet() : SLIPWAY_TRY(parse_hgnet(spec.arch)));
}

}  // namespace slipway::zoo
