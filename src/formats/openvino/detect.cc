// The ends of detectors.

#include <algorithm>

#include "formats/openvino/node.h"
#include "ops/detect/detection_output.h"
#include "ops/detect/nms.h"
#include "ops/detect/prior_box.h"
#include "ops/detect/proposal.h"
#include "ops/detect/region_pool.h"
#include "ops/detect/roi.h"
#include "ops/elementwise/unary.h"
#include "ops/normalize/softmax.h"
#include "ops/product.h"
#include "ops/quant/quantize.h"
#include "ops/shape/concat.h"
#include "ops/shape/reshape.h"
#include "ops/shape/squeeze.h"

namespace slipway::formats {
namespace {

Result<ops::BoxCode> code_of(const std::string& name) {
  if (name == "caffe.PriorBoxParameter.CORNER") return ops::BoxCode::corner;
  if (name == "caffe.PriorBoxParameter.CENTER_SIZE") return ops::BoxCode::center_size;
  return fail(Code::unsupported, "the code_type '{}'", name);
}

/// Errors  invalid_input: another count of classes than the scores have
Result<void> check_classes(IrNode& node, const ops::DetectionOutput& op) {
  const auto classes = SLIPWAY_TRY(node.integer("num_classes", 0));
  const auto scores = SLIPWAY_TRY(node.known_dims(SLIPWAY_TRY(node.input(1))));
  const auto priors = SLIPWAY_TRY(node.known_dims(SLIPWAY_TRY(node.input(2))));
  if (classes == 0 || scores.size() != 2 || priors.size() != 3) return {};
  const auto count = priors[2] / (op.normalized ? 4 : 5);
  if (saturating_product({count, std::max<std::int64_t>(classes, 0)}) == scores[1]) return {};
  return fail(Code::invalid_input, "{} scores of {} priors are not {} classes", scores[1], count,
              classes);
}

/// What Caffe's layer says about pictures that it saves.
void ignore_caffe_notes(IrNode& node) {
  node.ignore({"height", "height_scale", "interp_mode", "label_map_file", "name_size_file",
               "num_test_image", "output_directory", "output_format", "output_name_prefix",
               "pad_mode", "pad_value", "prob", "resize_mode", "save_file", "visualize",
               "visualize_threshold", "width", "width_scale"});
}

Result<void> detection_output(IrNode& node) {
  ops::DetectionOutput op;
  if (node.legacy()) ignore_caffe_notes(node);
  if (SLIPWAY_TRY(node.number("eta", 1)) != 1)
    return fail(Code::unsupported, "an nms_threshold that changes (eta)");
  op.background_label_id = SLIPWAY_TRY(node.integer("background_label_id", 0));
  op.top_k = SLIPWAY_TRY(node.integer("top_k", -1));
  const auto keep = SLIPWAY_TRY(node.integer_list("keep_top_k", {-1}));
  if (keep.size() != 1) return fail(Code::unsupported, "{} numbers in keep_top_k", keep.size());
  op.keep_top_k = keep[0];
  op.code_type = SLIPWAY_TRY(code_of(node.text("code_type", "caffe.PriorBoxParameter.CORNER")));
  op.nms_threshold = SLIPWAY_TRY(node.number("nms_threshold", 0.45F));
  op.confidence_threshold =
      SLIPWAY_TRY(node.number("confidence_threshold", node.legacy() ? -1e30F : 0));
  op.objectness_score = SLIPWAY_TRY(node.number("objectness_score", 0));
  op.input_height = SLIPWAY_TRY(node.integer("input_height", 1));
  op.input_width = SLIPWAY_TRY(node.integer("input_width", 1));
  op.variance_encoded_in_target = SLIPWAY_TRY(node.flag("variance_encoded_in_target", false));
  op.share_location = SLIPWAY_TRY(node.flag("share_location", true));
  op.clip_after_nms = SLIPWAY_TRY(node.flag("clip_after_nms", false));
  op.clip_before_nms =
      SLIPWAY_TRY(node.flag("clip_before_nms", SLIPWAY_TRY(node.flag("clip", false))));
  op.decrease_label_id = SLIPWAY_TRY(node.flag("decrease_label_id", false));
  op.normalized = SLIPWAY_TRY(node.flag("normalized", node.legacy()));
  SLIPWAY_TRY(check_classes(node, op));
  return node.emit(op, SLIPWAY_TRY(node.inputs()));
}

/// The sizes of map and picture: two inputs that hold them, or in version 3 the values themselves.
Result<std::vector<ValueId>> map_and_picture(IrNode& node) {
  if (!node.legacy()) return node.inputs();
  std::vector<ValueId> sizes;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto dims = SLIPWAY_TRY(node.known_dims(SLIPWAY_TRY(node.input(i))));
    if (dims.size() != 4) return fail(Code::invalid_input, "{} dimensions", dims.size());
    const std::vector<std::int64_t> size = {dims[2], dims[3]};
    sizes.push_back(node.constant(i == 0 ? "map" : "picture", size));
  }
  return sizes;
}

/// Version 3 can state sizes, which must be those that the inputs have.
///
/// Errors  unsupported: they differ
Result<void> check_stated_sizes(IrNode& node, float step) {
  if (!node.legacy()) return {};
  for (const char* name : {"img_h", "img_w", "img_size"}) {
    const auto stated = SLIPWAY_TRY(node.integer(name, 0));
    const auto dims = SLIPWAY_TRY(node.known_dims(SLIPWAY_TRY(node.input(1))));
    if (stated == 0) continue;
    const bool high = name != std::string_view("img_w");
    const bool wide = name != std::string_view("img_h");
    if (dims.size() != 4 || (high && dims[2] != stated) || (wide && dims[3] != stated))
      return fail(Code::unsupported, "{} is {}, not the size of the picture", name, stated);
  }
  if (step == 0) return {};
  for (const char* name : {"step_h", "step_w"}) {
    const float stated = SLIPWAY_TRY(node.number(name, 0));
    if (stated != 0 && stated != step)
      return fail(Code::unsupported, "{} is {}, not the step {}", name, stated, step);
  }
  return {};
}

/// Version 3 has one dimension more in front.
Result<void> emit_priors(IrNode& node, const AnyOp& op) {
  const auto sizes = SLIPWAY_TRY(map_and_picture(node));
  if (!node.legacy()) return node.emit(op, sizes);
  const auto priors = SLIPWAY_TRY(node.helper(op, sizes, "priors"));
  return node.emit(ops::Unsqueeze{{0}}, {priors});
}

Result<void> prior_box_clustered(IrNode& node) {
  ops::PriorBoxClustered op;
  op.width = SLIPWAY_TRY(node.number_list("width"));
  op.height = SLIPWAY_TRY(node.number_list("height"));
  op.variance = SLIPWAY_TRY(node.number_list("variance"));
  op.step = SLIPWAY_TRY(node.number("step", 0));
  op.step_w = SLIPWAY_TRY(node.number("step_w", 0));
  op.step_h = SLIPWAY_TRY(node.number("step_h", 0));
  op.offset = SLIPWAY_TRY(node.number("offset", 0));
  op.clip = SLIPWAY_TRY(node.flag("clip", false));
  if (node.legacy()) node.ignore({"flip"});  // boxes have one shape each
  SLIPWAY_TRY(check_stated_sizes(node, 0));
  return emit_priors(node, op);
}

Result<void> prior_box(IrNode& node) {
  ops::PriorBox op;
  op.min_size = SLIPWAY_TRY(node.number_list("min_size"));
  op.max_size = SLIPWAY_TRY(node.number_list("max_size"));
  op.aspect_ratio = SLIPWAY_TRY(node.number_list("aspect_ratio"));
  op.density = SLIPWAY_TRY(node.number_list("density"));
  op.fixed_ratio = SLIPWAY_TRY(node.number_list("fixed_ratio"));
  op.fixed_size = SLIPWAY_TRY(node.number_list("fixed_size"));
  op.variance = SLIPWAY_TRY(node.number_list("variance"));
  op.step = SLIPWAY_TRY(node.number("step", 0));
  op.offset = SLIPWAY_TRY(node.number("offset", 0));
  op.clip = SLIPWAY_TRY(node.flag("clip", false));
  op.flip = SLIPWAY_TRY(node.flag("flip", false));
  op.scale_all_sizes = SLIPWAY_TRY(node.flag("scale_all_sizes", true));
  op.min_max_aspect_ratios_order = SLIPWAY_TRY(node.flag("min_max_aspect_ratios_order", true));
  SLIPWAY_TRY(check_stated_sizes(node, op.step));
  return emit_priors(node, op);
}

/// Of each anchor's numbers, the place of the centre, the objectness and (without softmax) the
/// classes go through a logistic; sizes stay.
Result<void> region_yolo(IrNode& node) {
  const auto x = SLIPWAY_TRY(node.input(0));
  const auto dims = SLIPWAY_TRY(node.known_dims(x));
  if (dims.size() != 4) return fail(Code::unsupported, "{} dimensions", dims.size());
  const auto coords = SLIPWAY_TRY(node.integer("coords", 4));
  // What is for those who read the boxes, and for training.
  node.ignore({"anchors", "absolute", "bias_match", "class_scale", "coord_scale", "jitter", "num",
               "noobject_scale", "object_scale", "random", "rescore", "softmax", "thresh"});
  const auto classes = SLIPWAY_TRY(node.integer("classes", 0));
  const bool shares = SLIPWAY_TRY(node.flag("do_softmax", true));
  const auto mask = SLIPWAY_TRY(node.integer_list("mask"));
  const auto anchors =
      shares ? SLIPWAY_TRY(node.integer("num", 1)) : static_cast<std::int64_t>(mask.size());
  if (coords != 4 || classes < 1 || classes > 1'000'000 || anchors < 1 ||
      saturating_product({anchors, coords + 1 + classes}) != dims[1]) {
    return fail(Code::invalid_input, "{} channels of {} anchors with {} classes", dims[1], anchors,
                classes);
  }
  const std::vector<std::int64_t> apart = {dims[0], anchors, 5 + classes,
                                           saturating_product({dims[2], dims[3]})};
  const auto opened =
      SLIPWAY_TRY(node.helper(ops::Reshape{}, {x, node.constant("apart", apart)}, "apart"));
  const auto sizes = node.constant("sizes", std::vector<std::int64_t>{2, 2, 1, classes});
  auto parts =
      SLIPWAY_TRY(node.helper_all(ops::Split{.axis = 2, .parts = 4}, {opened, sizes}, "parts"));
  for (const std::size_t i : {0U, 2U}) {
    parts[i] = SLIPWAY_TRY(node.helper(ops::Sigmoid{}, {parts[i]}, "logistic"));
  }
  if (shares) {
    const ops::Transpose swap{{0, 1, 3, 2}};
    const auto last = SLIPWAY_TRY(node.helper(swap, {parts[3]}, "last"));
    const auto made = SLIPWAY_TRY(node.helper(ops::Softmax{}, {last}, "shares"));
    parts[3] = SLIPWAY_TRY(node.helper(swap, {made}, "classes"));
  } else {
    parts[3] = SLIPWAY_TRY(node.helper(ops::Sigmoid{}, {parts[3]}, "classes"));
  }
  const auto joined = SLIPWAY_TRY(node.helper(ops::Concat{2}, parts, "joined"));
  // Dimensions from `axis` to `end_axis` become one.
  const auto axis = SLIPWAY_TRY(checked_axis(SLIPWAY_TRY(node.integer("axis", 1)), 4));
  const auto end = SLIPWAY_TRY(checked_axis(SLIPWAY_TRY(node.integer("end_axis", 3)), 4));
  std::vector<std::int64_t> shape(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(axis));
  if (shares) {
    std::int64_t flat = 1;
    for (std::size_t i = axis; i <= end; ++i) flat = saturating_product({flat, dims[i]});
    shape.push_back(flat);
    for (std::size_t i = std::max(end, axis) + 1; i < 4; ++i) shape.push_back(dims[i]);
  } else {
    shape = dims;
  }
  return node.emit(ops::Reshape{}, {joined, node.constant("shape", shape)});
}

/// The picture's three or four numbers as a list.
Result<ValueId> picture_of(IrNode& node) {
  const auto picture = SLIPWAY_TRY(node.input(2));
  if (node.type(picture).shape.rank() == 1) return picture;
  const auto flat = node.constant("list", std::vector<std::int64_t>{-1});
  return node.helper(ops::Reshape{}, {picture, flat}, "picture");
}

Result<void> proposal(IrNode& node) {
  ops::Proposal op;
  op.base_size = SLIPWAY_TRY(node.integer("base_size", 16));
  op.feat_stride = SLIPWAY_TRY(node.integer("feat_stride", 16));
  op.min_size = SLIPWAY_TRY(node.integer("min_size", 16));
  op.pre_nms_topn = SLIPWAY_TRY(node.integer("pre_nms_topn", 6000));
  op.post_nms_topn = SLIPWAY_TRY(node.integer("post_nms_topn", 300));
  op.nms_threshold = SLIPWAY_TRY(node.number("nms_thresh", 0.7F));
  op.ratio = SLIPWAY_TRY(node.number_list("ratio"));
  op.scale = SLIPWAY_TRY(node.number_list("scale"));
  op.box_coordinate_scale = SLIPWAY_TRY(node.number("box_coordinate_scale", 1));
  op.box_size_scale = SLIPWAY_TRY(node.number("box_size_scale", 1));
  op.clip_before_nms = SLIPWAY_TRY(node.flag("clip_before_nms", true));
  op.clip_after_nms = SLIPWAY_TRY(node.flag("clip_after_nms", false));
  op.normalize = SLIPWAY_TRY(node.flag("normalize", false));
  const auto framework = node.text("framework", "");
  if (framework != "" && framework != "caffe" && framework != "tensorflow")
    return fail(Code::unsupported, "the framework '{}'", framework);
  op.pixels = framework != "tensorflow";
  node.ignore({"for_deformable"});  // makes no difference to OpenVINO either
  op.with_scores = node.wants_output(1);
  const auto scores = SLIPWAY_TRY(node.channels_last(SLIPWAY_TRY(node.input(0))));
  const auto deltas = SLIPWAY_TRY(node.channels_last(SLIPWAY_TRY(node.input(1))));
  const auto picture = SLIPWAY_TRY(picture_of(node));
  const auto made = SLIPWAY_TRY(node.helper_all(op, {scores, deltas, picture}, "regions"));
  for (std::size_t i = 0; i < made.size(); ++i) SLIPWAY_TRY(node.alias(i, made[i]));
  return {};
}

/// x with channels last, and regions.
Result<std::vector<ValueId>> picture_and_regions(IrNode& node) {
  auto inputs = SLIPWAY_TRY(node.inputs());
  if (!inputs.empty()) inputs[0] = SLIPWAY_TRY(node.channels_last(inputs[0]));
  return inputs;
}

/// The size as a list, under its older and its newer name, or as two numbers in version 3.
Result<void> roi_pooling(IrNode& node) {
  std::vector<std::int64_t> size = {SLIPWAY_TRY(node.integer("pooled_h", 1)),
                                    SLIPWAY_TRY(node.integer("pooled_w", 1))};
  for (const char* name : {"output_size", "output_roi"})
    size = SLIPWAY_TRY(node.integer_list(name, std::move(size)));
  if (size.size() != 2) return fail(Code::invalid_input, "a size of {} numbers", size.size());
  const float scale = SLIPWAY_TRY(node.number("spatial_scale", 1));
  const auto method = node.text("method", "max");
  const auto inputs = SLIPWAY_TRY(picture_and_regions(node));
  if (method == "bilinear") {
    // Regions are parts of the picture, whatever the scale.
    return node.emit_channels_last(ops::RoiResize{.height = size[0], .width = size[1]}, inputs);
  }
  if (method != "max") return fail(Code::unsupported, "the method '{}'", method);
  const ops::MaxRoiPool op{.height = size[0], .width = size[1], .scale = scale, .ends = true};
  return node.emit_channels_last(op, inputs);
}

Result<void> ps_roi_pooling(IrNode& node) {
  ops::PsRoiPool op;
  op.channels = SLIPWAY_TRY(node.integer("output_dim", 1));
  op.height = op.width = SLIPWAY_TRY(node.integer("group_size", 1));
  op.scale = SLIPWAY_TRY(node.number("spatial_scale", 1));
  const auto mode = node.text("mode", "average");
  if (mode != "average" && mode != "bilinear")
    return fail(Code::unsupported, "the mode '{}'", mode);
  op.linear = mode == "bilinear";
  const auto parts_x = SLIPWAY_TRY(node.integer("spatial_bins_x", 1));
  const auto parts_y = SLIPWAY_TRY(node.integer("spatial_bins_y", 1));
  if (op.linear) {
    op.parts_x = parts_x;
    op.parts_y = parts_y;
  }
  return node.emit_channels_last(op, SLIPWAY_TRY(picture_and_regions(node)));
}

Result<void> roi_align(IrNode& node) {
  ops::RoiAlign op;
  op.height = SLIPWAY_TRY(node.integer("pooled_h", 1));
  op.width = SLIPWAY_TRY(node.integer("pooled_w", 1));
  op.samples = SLIPWAY_TRY(node.integer("sampling_ratio", 0));
  op.scale = SLIPWAY_TRY(node.number("spatial_scale", 1));
  const auto aligned = node.text("aligned_mode", "asymmetric");
  if (aligned != "asymmetric" && aligned != "half_pixel_for_nn" && aligned != "half_pixel")
    return fail(Code::corrupt, "an aligned_mode '{}'", aligned);
  if (aligned == "half_pixel_for_nn")
    return fail(Code::unsupported, "the aligned_mode '{}'", aligned);
  op.half_pixel = aligned == "half_pixel";
  const auto mode = node.text("mode", "avg");
  if (mode != "avg" && mode != "max") return fail(Code::unsupported, "the mode '{}'", mode);
  if (mode == "max") op.method = RoiMethod::peak;
  return node.emit_channels_last(op, SLIPWAY_TRY(picture_and_regions(node)));
}

/// Boxes, scores, and three or four numbers that may be left out. From version 5 on it gives the
/// scores and how many boxes there are, too.
Result<void> non_max_suppression(IrNode& node) {
  ops::NonMaxSuppression op;
  const auto encoding = node.text("box_encoding", "corner");
  if (encoding != "corner" && encoding != "center")
    return fail(Code::corrupt, "a box_encoding '{}'", encoding);
  op.from_centre = encoding == "center";
  op.sort_by_score = SLIPWAY_TRY(node.flag("sort_result_descending", true));
  const auto to = SLIPWAY_TRY(ir_dtype(node.text("output_type", "i64")));
  op.with_scores = node.wants_output(1);
  auto inputs = SLIPWAY_TRY(node.inputs());
  for (std::size_t i = 2; i < inputs.size(); ++i) {
    const auto dtype = node.type(inputs[i]).dtype;
    const auto wanted = i == 2 ? DType::i64 : DType::f32;
    if (dtype != wanted && !(i == 2 && dtype == DType::i32))
      inputs[i] = SLIPWAY_TRY(node.helper(ops::Cast{wanted}, {inputs[i]}, "number"));
  }
  const auto made = SLIPWAY_TRY(node.helper_all(op, std::move(inputs), "chosen"));
  const auto cast = [&](ValueId id) -> Result<ValueId> {
    if (to == DType::i64) return id;
    return node.helper(ops::Cast{to}, {id}, "places");
  };
  SLIPWAY_TRY(node.alias(0, SLIPWAY_TRY(cast(made[0]))));
  if (op.with_scores) SLIPWAY_TRY(node.alias(1, made[1]));
  if (!node.wants_output(2)) return {};
  const auto shape = SLIPWAY_TRY(node.helper(ops::ShapeOf{DType::i64}, {made[0]}, "shape"));
  const auto begin = node.constant("begin", std::vector<std::int64_t>{0});
  const auto end = node.constant("end", std::vector<std::int64_t>{1});
  return node.alias(2, SLIPWAY_TRY(cast(SLIPWAY_TRY(node.slice(shape, begin, end, 0)))));
}

}  // namespace

std::span<const IrRow> ir_detect() {
  static constexpr IrRow kRows[] = {
      {"DetectionOutput", detection_output},
      {"NonMaxSuppression", non_max_suppression},
      {"PSROIPooling", ps_roi_pooling},
      {"PriorBox", prior_box},
      {"PriorBoxClustered", prior_box_clustered},
      {"Proposal", proposal},
      {"ROIAlign", roi_align},
      {"ROIPooling", roi_pooling},
      {"RegionYolo", region_yolo},
  };
  return kRows;
}

}  // namespace slipway::formats
