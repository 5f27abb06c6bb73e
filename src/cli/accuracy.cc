#include "cli/accuracy.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>

#include "cli/error.h"
#include "cli/pictures.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "engine/pool.h"
#include "formats/import.h"
#include "vision/decode.h"

namespace slipway::cli {
namespace {

constexpr std::size_t kMostTold = 10;  // pictures that are left out, by name
// A detector's recipe says what is worth showing; what is worth counting is more.
constexpr float kLeastScore = 0.01F;

/// How many classes a model tells apart; 0 where its output does not say.
std::int64_t classes_of(const Graph& graph, const Recipe& recipe, std::int64_t batch) {
  const auto& shape = graph.type(graph.outputs()[0]).shape;
  if (!shape.is_known() || shape.rank() == 0) return 0;
  if (recipe.task == Task::classify) return shape.elements() / std::max<std::int64_t>(1, batch);
  if (recipe.task == Task::segment && shape.rank() == 4)
    return shape[recipe.layout == Layout::nchw ? 1 : 3];
  return 0;
}

/// The rows of detection_output that are about one picture, as if it were the only one.
Tensor rows_of(const Tensor& output, std::size_t index) {
  constexpr std::size_t kRow = 7;
  const auto real = dequantized(output);
  const auto values = real.values<float>();
  TensorBuilder out(real.type());
  const auto into = out.values<float>();
  std::fill(into.begin(), into.end(), -1.0F);
  std::size_t at = 0;
  for (std::size_t i = 0; i + kRow <= values.size() && values[i] >= 0; i += kRow) {
    if (std::lround(values[i]) != static_cast<long>(index)) continue;
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(i), kRow,
                into.begin() + static_cast<std::ptrdiff_t>(at));
    into[at] = 0;
    at += kRow;
  }
  return std::move(out).build();
}

/// The outputs of one picture of a batch.
Result<std::vector<Tensor>> outputs_of(const std::vector<Tensor>& outputs, std::size_t index,
                                       std::size_t batch, const Recipe& recipe) {
  if (batch == 1) return outputs;
  if (recipe.task == Task::detect && recipe.boxes == BoxFormat::detection_output &&
      outputs.size() == 1)
    return std::vector{rows_of(outputs[0], index)};
  std::vector<Tensor> out;
  for (const auto& output : outputs) {
    std::vector<std::int64_t> dims(output.shape().begin(), output.shape().end());
    if (dims.empty() || dims[0] % static_cast<std::int64_t>(batch) != 0)
      return fail(Code::unsupported, "an output of {} has no part for each of {} pictures",
                  output.shape().text(), batch)
          .with_remedy("--batch-size 1");
    dims[0] /= static_cast<std::int64_t>(batch);
    auto type = output.type();
    type.shape = SLIPWAY_TRY(Shape::make(dims));
    const auto size = output.bytes().size() / batch;
    out.push_back(SLIPWAY_TRY(Tensor::make(type, output.bytes().subspan(index * size, size))));
  }
  return out;
}

/// Of one channel, and so narrow that little could be seen: such are spectra of sound.
bool is_hardly_a_picture(Size size, const Recipe& recipe) {
  constexpr std::int64_t kNarrow = 24;
  const auto least = std::min(size.width, size.height);
  return recipe.color == ColorOrder::gray && least < kNarrow && size.width != size.height;
}

std::string_view name_of(Task task) {
  return task == Task::detect ? "detect" : task == Task::segment ? "segment" : "classify";
}

}  // namespace

void Accuracy::describe(Options& options) {
  options
      .value("--data", "DIR", data_path_,
             "measure on the pictures of a folder, and how right the answers are: with a "
             "labels.csv, a folder per class, ImageNet's archive, COCO's annotations, a boxes.csv "
             "or masks")
      .takes_file = true;
  options
      .value("--truth", "F", truth_path_,
             "what the pictures show, in place of what lies in --data DIR: a table, annotations, "
             "or a folder of masks")
      .takes_file = true;
  options.value("--num-inputs", "N", inputs_,
                "the first N pictures of --data, in whole batches (default: all); with --dummy so "
                "many random pictures of each stream: until all were computed once, and again "
                "until --min-duration");
  options
      .value("--predictions", "F", predictions_path_,
             "write what the model said of each picture: classes as a table, boxes as COCO's "
             "results")
      .takes_file = true;
  options.value("--threshold", "P", threshold_,
                "boxes with a score below P do not count, 0 to 1 (default: 0.01)");
  recipe_flags_.describe(options, Task::none);
}

Result<void> Accuracy::check(World& world) const {
  if (inputs_ && *inputs_ < 1)
    return world.usage("--num-inputs takes a number from 1, not {}", *inputs_);
  if (threshold_ && !(*threshold_ >= 0 && *threshold_ <= 1))
    return world.usage("--threshold takes a number from 0 to 1, not {}", *threshold_);
  if (is_asked()) return {};
  for (const auto& [flag, is_given] : {std::pair("--truth", !truth_path_.empty()),
                                       std::pair("--predictions", !predictions_path_.empty()),
                                       std::pair("--threshold", threshold_.has_value())})
    if (is_given) return world.usage("{} is about the pictures of --data", flag);
  return {};
}

Result<void> Accuracy::open(World& world, const Graph& signature) {
  task_ = signature.recipe ? signature.recipe->task : Task::none;
  if (task_ == Task::none) task_ = task_of_data(world.files, data_path_);
  recipe_ = SLIPWAY_TRY(recipe_flags_.apply(world, signature, task_));
  if (recipe_.task != Task::none) task_ = recipe_.task;
  recipe_.task = task_;
  world.goal = fmt::format("use pictures for {}", signature.name);
  input_ = SLIPWAY_TRY(picture_input(signature));
  const auto size = SLIPWAY_TRY(input_size(input_, recipe_));
  if (guesses_normalisation(signature) && is_hardly_a_picture(size, recipe_))
    world.note("its input is gray, and {} x {}: is it a model of sound? Pictures are measured",
               size.width, size.height);
  if (signature.outputs().empty()) return fail(Code::unsupported, "the model has no output");
  outputs_ = signature.outputs().size();
  batch_ = input_.shape[0];
  if (threshold_ || task_ == Task::detect)
    recipe_.score_threshold = threshold_ ? static_cast<float>(*threshold_) : kLeastScore;
  classes_ = classes_of(signature, recipe_, batch_);
  if (task_ == Task::segment && classes_ == 0)
    return fail(Code::unsupported, "its output {} does not say how many classes there are",
                signature.type(signature.outputs()[0]).shape.text());
  data_ = SLIPWAY_TRY(open_data_set(world, data_path_,
                                    {.task = task_,
                                     .classes = classes_,
                                     .recipe = recipe_,
                                     .truth = truth_path_,
                                     .says_offset = recipe_flags_.says_label_offset()}));
  const auto there = std::ssize(data_.pictures);
  const std::int64_t wanted = inputs_.value_or(static_cast<int>(there));
  used_ = inputs_ ? std::min(std::max<std::int64_t>(1, wanted / batch_) * batch_, there) : there;
  if (inputs_ && used_ != wanted)
    world.note("{} of {} pictures are measured: {}", used_, there,
               used_ == there ? "there are no more" : "whole batches");
  judge_ = SLIPWAY_TRY(judge_of(task_, data_, recipe_, classes_));
  if (predictions_path_.empty()) return {};
  if (task_ == Task::segment)
    return world.usage(
        "--predictions is for classes and boxes; slipway segment --save writes masks");
  world.goal = fmt::format("write {}", predictions_path_);
  // Nobody should learn at the end that there is no room for it.
  lock_ = SLIPWAY_TRY(world.files.lock(predictions_path_));
  if (world.files.kind(predictions_path_) == Files::Kind::folder)
    return fail(Code::invalid_input, "{} is a folder", predictions_path_);
  return {};
}

/// One run through the data set.
class Accuracy::Run {
 public:
  Run(World& world, Accuracy& all, std::span<compile::Runner> runners, measure::Series* series)
      : world_(world),
        all_(all),
        runners_(runners),
        series_(series),
        batches_((all.used_ + all.batch_ - 1) / all.batch_),
        made_(static_cast<std::size_t>(batches_)) {}

  Result<measure::Measured> run(const measure::Rules& rules) {
    measure::Feed feed;
    feed.items = batches_;
    const int busy = std::max(1, runners_[0].threads()) * static_cast<int>(runners_.size());
    feed.makers = std::clamp(engine::usable_cores() - busy, 1, kMostMakers);
    feed.ahead = static_cast<std::int64_t>(runners_.size()) + feed.makers + 1;
    feed.make = [&](std::int64_t item) { return make(item); };
    all_.makers_ = feed.makers;
    std::vector<measure::FedStream> streams;
    for (auto& runner : runners_)
      streams.push_back({.load = [&](std::int64_t item) { return load(runner, item); },
                         .infer = [&] { return infer(runner); },
                         .judge = [&, stream = streams.size()](
                                      std::int64_t item) { return judge(stream, runner, item); }});
    auto asked = rules;
    start_ = world_.clock.now();
    Progress progress(world_, "pictures", static_cast<std::size_t>(all_.used_));
    asked.progress = [&](const measure::SoFar&) {
      progress.at(static_cast<std::size_t>(done_), [&] { return so_far(); });
    };
    auto fed = SLIPWAY_TRY(measure::feed(world_.clock, feed, streams, asked));
    all_.judged_ = judged_;
    const double whole =
        static_cast<double>(fed.measured.window.count()) * static_cast<double>(runners_.size());
    all_.waiting_ = whole > 0 ? static_cast<double>(fed.waited.count()) / whole : 0;
    return std::move(fed.measured);
  }

  /// Says which pictures were left out.
  void tell_lost() {
    std::ranges::sort(lost_, {}, &Lost::picture);
    for (std::size_t i = 0; i < lost_.size(); ++i) {
      const auto& path = all_.data_.pictures[lost_[i].picture];
      all_.lost_.push_back(path);
      if (i >= kMostTold) continue;
      world_.goal = fmt::format("use {}", path);
      print_error(world_, lost_[i].error, world_.json);
    }
    if (lost_.size() > kMostTold) world_.note("{} pictures were left out in all", lost_.size());
  }

 private:
  static constexpr int kMostMakers = 8;

  /// A batch that is ready, or was: who is in it, and where nobody is.
  struct Made {
    std::optional<Tensor> tensor;
    std::vector<std::optional<Looked>> looked;
  };

  struct Lost {
    std::size_t picture;
    Error error;
  };

  /// Decodes the pictures of a batch. Where one cannot be read, or the data set ends, another of
  /// them stands.
  Result<bool> make(std::int64_t item) {
    Made out;
    std::vector<Picture> pictures;
    std::optional<std::size_t> filler;
    const auto size = SLIPWAY_TRY(input_size(all_.input_, all_.recipe_));
    for (std::int64_t i = 0; i < all_.batch_; ++i) {
      const auto number = item * all_.batch_ + i;
      pictures.emplace_back();
      out.looked.emplace_back();
      if (number >= all_.used_) continue;
      const auto place_of = static_cast<std::size_t>(number);
      auto picture = read_picture(world_.files, all_.data_.pictures[place_of]);
      if (!picture) {
        const std::lock_guard lock(mutex_);
        lost_.push_back({place_of, std::move(picture).error()});
        continue;
      }
      Looked looked;
      looked.picture = place_of;
      looked.placement = place({picture->width, picture->height}, size, all_.recipe_);
      if (all_.task_ == Task::segment) looked.mask = SLIPWAY_TRY(mask_of(place_of));
      out.looked.back() = std::move(looked);
      filler = pictures.size() - 1;
      pictures.back() = *std::move(picture);
    }
    if (!filler) {
      done_ += std::min(all_.batch_, all_.used_ - item * all_.batch_);
      return false;
    }
    for (std::size_t i = 0; i < pictures.size(); ++i)
      if (!out.looked[i]) pictures[i] = pictures[*filler];
    out.tensor = SLIPWAY_TRY(to_input(pictures, all_.recipe_, all_.input_));
    made_[static_cast<std::size_t>(item)] = std::move(out);
    return true;
  }

  Result<Mask> mask_of(std::size_t picture) const {
    const auto& path = all_.data_.masks[picture];
    return decode_mask(SLIPWAY_TRY(world_.files.read(path))).during("reading {}", path);
  }

  Result<void> load(compile::Runner& runner, std::int64_t item) {
    auto& made = made_[static_cast<std::size_t>(item)];
    SLIPWAY_TRY(runner.set_input(0, *made.tensor));
    made.tensor.reset();
    return {};
  }

  Result<void> infer(compile::Runner& runner) {
    const auto begin = world_.clock.now();
    auto ran = runner.run();
    spent_ns_ += (world_.clock.now() - begin).count();
    ++inferences_;
    return ran;
  }

  Result<void> judge(std::size_t stream, compile::Runner& runner, std::int64_t item) {
    auto& made = made_[static_cast<std::size_t>(item)];
    std::vector<Tensor> outputs;
    for (std::size_t i = 0; i < all_.outputs_; ++i) outputs.push_back(runner.output(i));
    for (std::size_t i = 0; i < made.looked.size(); ++i) {
      if (!made.looked[i]) continue;
      const auto own = SLIPWAY_TRY(outputs_of(outputs, i, made.looked.size(), all_.recipe_));
      const auto place = SLIPWAY_TRY(all_.judge_->see(*made.looked[i], own));
      if (series_ != nullptr) series_->judged(stream, place);
      ++judged_;
    }
    done_ += std::min(all_.batch_, all_.used_ - item * all_.batch_);
    made = {};
    return {};
  }

  /// "57.3 img/s, 12.1 ms, top-1 71.4 %".
  [[nodiscard]] std::string so_far() const {
    const double seconds = milliseconds(start_, world_.clock.now()) / 1e3;
    const double mean_ms =
        static_cast<double>(spent_ns_) / 1e6 / std::max(1.0, static_cast<double>(inferences_));
    const auto accuracy = all_.judge_->so_far();
    return fmt::format("{:.1f} img/s, {}{}{}",
                       static_cast<double>(judged_) / std::max(seconds, 1e-3), ms_text(mean_ms),
                       accuracy.empty() ? "" : ", ", accuracy);
  }

  World& world_;
  Accuracy& all_;
  std::span<compile::Runner> runners_;
  measure::Series* series_;
  std::int64_t batches_;
  std::vector<Made> made_;
  Clock::Time start_;
  std::atomic<std::int64_t> done_ = 0;    // pictures, those that were left out among them
  std::atomic<std::int64_t> judged_ = 0;  // pictures
  std::atomic<std::int64_t> spent_ns_ = 0;
  std::atomic<std::int64_t> inferences_ = 0;

  std::mutex mutex_;
  std::vector<Lost> lost_;
};

Result<measure::Measured> Accuracy::measure(World& world, std::span<compile::Runner> runners,
                                            const measure::Rules& rules, measure::Series* series) {
  Run run(world, *this, runners, series);
  auto measured = SLIPWAY_TRY(run.run(rules));
  run.tell_lost();
  if (judged_ == 0 && measured.ended == measure::Ended::done)
    return fail(Code::not_found, "none of the {} pictures of {} can be used", used_, data_path_);
  return measured;
}

void Accuracy::add_to(Json& document) const {
  document.set("task", name_of(task_));
  document.set("truth", data_.source);
  document.set("pictures", judged_);
  document.set("left_out", lost_.size());
  judge_->add_to(document);
  document.set("waiting_part", waiting_);
  document.set("decoding_threads", makers_);
}

std::string Accuracy::words() const {
  return fmt::format("{} pictures of {} ({})", used_, data_path_, data_.source);
}

void Accuracy::print(World& world) const {
  judge_->print(world);
  if (!lost_.empty()) world.print("left out    {} of {} pictures\n", lost_.size(), used_);
  world.print("waiting     {} of the streams' time, for pictures (decoded by {} beside them)\n",
              percent_text(waiting_),
              makers_ == 1 ? "a thread" : fmt::format("{} threads", makers_));
  if (!predictions_path_.empty()) world.print("{}  what the model said\n", predictions_path_);
}

Result<void> Accuracy::write_predictions(World& world) const {
  if (predictions_path_.empty()) return {};
  world.goal = fmt::format("write {}", predictions_path_);
  const auto text = judge_->predictions();
  return world.files.write(predictions_path_, as_bytes(text));
}

}  // namespace slipway::cli
