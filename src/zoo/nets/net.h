#pragma once
// Writing networks down: layers with seeded weights, batch normalisation already folded in.

#include <string>
#include <vector>

#include "base/random.h"
#include "ops/activation.h"
#include "zoo/nets/options.h"

namespace slipway::zoo {

/// A square convolution that keeps the size, up to its stride (padding of kernel / 2 all around).
struct ConvLayer {
  std::int64_t out = 0;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  bool depthwise = false;
  Activation activation = Activation::none;
  float gain = 0;  // of the folded normalisation; 0: each channel its own, 0.7 to 1.1
};

/// A graph that grows layer by layer, channels last. The first error stops it: later layers do
/// nothing, and finish() tells what was wrong; so networks read without a check on every line.
///
/// Weights come from one stream of integers and are scaled by + - * / and square roots alone, which
/// every machine rounds alike: equal specs give equal bytes everywhere.
///
/// Source  He et al. 2015, "Delving deep into rectifiers", for the spread of the weights: by
///         outputs for dense convolutions, by inputs for depthwise ones
class Net {
 public:
  Net(std::string name, const NetSpec& spec);

  /// The picture, channels last.
  ValueId input();

  ValueId conv(const std::string& name, ValueId x, const ConvLayer& layer);

  /// A 1x1 convolution with a bias of its own and no normalisation.
  ValueId head(const std::string& name, ValueId x, std::int64_t out);

  /// [N,H,W,C] -> [N,classes]: the mean of each channel, then a dense layer.
  ValueId classifier(ValueId x, std::int64_t classes);

  /// Any op.
  ValueId op(AnyOp op, std::vector<ValueId> inputs, const std::string& name);

  ValueId constant(const std::string& name, Tensor value);

  /// The dimensions of a value; ones after an error.
  [[nodiscard]] std::int64_t height(ValueId x) const { return dim(x, 1); }

  [[nodiscard]] std::int64_t width(ValueId x) const { return dim(x, 2); }

  [[nodiscard]] std::int64_t channels(ValueId x) const { return dim(x, 3); }

  /// Makes `x` an output of that name.
  void output(const std::string& name, ValueId x);

  /// The same for a picture, which gets the layout of the spec.
  void picture_output(const std::string& name, ValueId x);

  void fail_with(Error error);

  /// The graph with its recipe, which gets the spec's layout.
  ///
  /// Errors  the first one of any layer
  Result<Graph> finish(Recipe recipe);

 private:
  [[nodiscard]] std::int64_t dim(ValueId x, std::size_t axis) const;
  ValueId add_conv(const std::string& name, ValueId x, const ConvLayer& layer, bool normalised);

  /// A tensor to be filled, or nothing where it would be too large.
  std::optional<TensorBuilder> weights(std::vector<std::int64_t> dims);

  /// Nearly normal: mean 0, standard deviation 1.
  float normal();

  NetSpec spec_;
  Random random_;
  Graph graph_;
  std::vector<ValueId> outputs_;
  std::int64_t weights_left_ = std::int64_t{1} << 29U;
  Result<void> state_;
};

/// How pictures of ImageNet's kind become an input of a classifier.
[[nodiscard]] Recipe imagenet_recipe();

/// How pictures become the input of a network that segments faces. With 18 classes the labels are
/// those of FaceSynthetics without the last.
///
/// Source  Wood et al. 2021, "Fake it till you make it"
[[nodiscard]] Recipe face_recipe(std::int64_t classes);

}  // namespace slipway::zoo
