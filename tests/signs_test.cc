// The trained model that ships with the program, on pictures it has never seen.

#include <gtest/gtest.h>

#include "base/file.h"
#include "formats/format.h"
#include "ir/interpret.h"
#include "vision/classify.h"
#include "vision/draw/list.h"
#include "vision/preprocess.h"

namespace slipway {
namespace {

// Below 90 the model would be useless, above 99.5 the pictures too easy to tell anything.
TEST(Signs, AreRecognisedOnFreshPictures) {
  constexpr std::uint64_t kSeed = 7;  // training took seeds from a million up
#ifdef SLIPWAY_SANITIZED
  constexpr int kPictures = 100;  // the sanitizers look for other mistakes, and take their time
#else
  constexpr int kPictures = 2000;
#endif
  SystemEntropy entropy;
  const SystemFiles files(entropy);
  const auto graph = read_model(files, "zoo/signs.tflite");
  ASSERT_TRUE(graph) << graph.error().message;
  ASSERT_TRUE(graph->recipe);
  const auto* set = draw::draw_set("signs");
  ASSERT_NE(set, nullptr);
  ASSERT_EQ(graph->recipe->labels.size(), set->labels().size());

  int right = 0;
  for (std::uint64_t i = 0; i < kPictures; ++i) {
    const auto scene = set->scene(kSeed, i, 64);
    const Tensor inputs[] = {
        *to_input(scene.picture, *graph->recipe, graph->type(graph->inputs()[0]))};
    const auto outputs = interpret(*graph, inputs);
    ASSERT_TRUE(outputs) << outputs.error().message;
    const auto answers = classify((*outputs)[0], *graph->recipe, 1);
    ASSERT_TRUE(answers) << answers.error().message;
    if ((*answers)[0].label == set->labels()[static_cast<std::size_t>(scene.label)]) ++right;
  }
  const double top1 = 100.0 * right / kPictures;
  RecordProperty("top1_percent", fmt::format("{}", top1));
  EXPECT_GE(top1, 90.0);
  EXPECT_LE(top1, 99.5);
}

}  // namespace
}  // namespace slipway
