// What programs in C see of a deployment that lies in memory. Whole networks are tested where they
// are compiled.

#include <cstdlib>
#include <cstring>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/params.h"
#include "engine/picture_steps.h"
#include "slipway/slipway.h"

namespace slipway::engine {
namespace {

constexpr int kPixels = 5;

/// One step: floats to bytes, y = even(x / 0.5) + 10.
class File {
 public:
  File() {
    QuantizePictureStep step;
    step.header.kind = StepKind::quantize_picture;
    step.header.bytes = sizeof step;
    step.channels = 1;
    step.pixels = kPixels;
    step.scale = 0.5F;
    step.zero = 10;
    step.in = {Space::input, 0, 0};
    step.out = {Space::output, 0, 0};
    PlanHeader plan;
    plan.magic = kPlanMagic;
    plan.step_bytes = sizeof step;
    plan.arena_bytes = 64;
    plan.inputs = plan.outputs = 1;
    header_.magic = kParamsMagic;
    header_.version = kParamsVersion;
    header_.inputs = header_.outputs = 1;
    std::memcpy(header_.engine, engine_id(), sizeof header_.engine);
    TensorRecord tensors[2];
    tensors[0].bytes = kPixels * 4;
    tensors[0].rank = 1;
    tensors[0].shape[0] = kPixels;
    tensors[1] = tensors[0];
    tensors[1].bytes = kPixels;
    tensors[1].name = 2;
    tensors[1].dtype = SLIPWAY_U8;
    tensors[1].scale_count = 1;
    tensors[1].zero_point_at = 1;
    const StepRecord steps[] = {{2, 4}};
    constexpr char kTexts[] = "x\0y\0quantize";
    const float scale = 0.5F;
    const std::int32_t zero = 10;
    header_.tensors = add(tensors, sizeof tensors);
    header_.steps = add(steps, sizeof steps);
    header_.texts = add(kTexts, sizeof kTexts);
    header_.scales = add(&scale, 4);
    header_.scales.bytes = 8;
    std::memcpy(bytes() + header_.scales.offset + 4, &zero, 4);
    header_.plan = add(&plan, sizeof plan);
    std::memcpy(bytes() + header_.plan.offset + sizeof plan, &step, sizeof step);
    header_.plan.bytes += sizeof step;
    size_ = header_.plan.offset + 512;
    header_.constants = {header_.plan.offset + 448, 0};
    seal();
  }

  /// Makes the checksums right again.
  void seal() {
    header_.file_bytes = size_;
    header_.body = checksum(bytes() + sizeof header_, size_ - sizeof header_);
    std::memcpy(bytes(), &header_, sizeof header_);
    header_.header = checksum(bytes(), sizeof header_ - 8);
    std::memcpy(bytes(), &header_, sizeof header_);
  }

  [[nodiscard]] ParamsHeader& header() { return header_; }

  [[nodiscard]] std::byte* bytes() { return reinterpret_cast<std::byte*>(room_); }

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] QuantizePictureStep& step() {
    return *reinterpret_cast<QuantizePictureStep*>(bytes() + header_.plan.offset +
                                                   sizeof(PlanHeader));
  }

  slipway_status open(slipway_deployment** net) { return slipway_open_memory(room_, size_, net); }

  /// What opening says, without what is in front of it.
  std::string refusal() {
    slipway_deployment* net = nullptr;
    if (open(&net) == SLIPWAY_OK) {
      slipway_close(net);
      return "";
    }
    const std::string words = slipway_error();
    return words.substr(words.find(": ") + 2);
  }

 private:
  Section add(const void* from, std::size_t count) {
    const Section out = {(size_ + 63) / 64 * 64, count};
    std::memcpy(bytes() + out.offset, from, count);
    size_ = out.offset + count;
    return out;
  }

  ParamsHeader header_;
  alignas(64) std::uint64_t room_[512] = {};
  std::size_t size_ = sizeof(ParamsHeader);
};

struct Close {
  void operator()(slipway_deployment* net) const { slipway_close(net); }

  void operator()(slipway_session* session) const { slipway_session_destroy(session); }
};

using Net = std::unique_ptr<slipway_deployment, Close>;
using Session = std::unique_ptr<slipway_session, Close>;

Net open(File& file) {
  slipway_deployment* net = nullptr;
  EXPECT_EQ(file.open(&net), SLIPWAY_OK) << slipway_error();
  return Net(net);
}

Session session_of(const Net& net, int threads = 1) {
  const slipway_options options = {sizeof options, threads};
  slipway_session* session = nullptr;
  EXPECT_EQ(slipway_session_create(net.get(), &options, &session), SLIPWAY_OK) << slipway_error();
  return Session(session);
}

constexpr float kInput[kPixels] = {0, 0.5F, -0.5F, 1.26F, 1000};
const std::vector<std::uint8_t> kOutput = {10, 11, 9, 13, 255};

std::vector<std::uint8_t> output_of(const Session& session) {
  std::vector<std::uint8_t> out(kPixels);
  EXPECT_EQ(slipway_get_output(session.get(), 0, out.data(), out.size()), SLIPWAY_OK);
  return out;
}

TEST(Api, DescribesInputsAndOutputs) {
  File file;
  const auto net = open(file);
  EXPECT_EQ(slipway_api_version(), SLIPWAY_API_VERSION);
  ASSERT_EQ(slipway_input_count(net.get()), 1);
  ASSERT_EQ(slipway_output_count(net.get()), 1);
  slipway_tensor_info info;
  ASSERT_EQ(slipway_input_info(net.get(), 0, &info), SLIPWAY_OK);
  EXPECT_STREQ(info.name, "x");
  EXPECT_EQ(info.dtype, SLIPWAY_F32);
  EXPECT_EQ(info.bytes, 20U);
  EXPECT_EQ(info.shape[0], kPixels);
  EXPECT_EQ(info.scales, nullptr);
  ASSERT_EQ(slipway_output_info(net.get(), 0, &info), SLIPWAY_OK);
  EXPECT_STREQ(info.name, "y");
  ASSERT_EQ(info.scale_count, 1);
  EXPECT_EQ(info.scales[0], 0.5F);
  EXPECT_EQ(info.zero_points[0], 10);
  EXPECT_EQ(slipway_output_info(net.get(), 1, &info), SLIPWAY_INVALID_INPUT);
  EXPECT_STREQ(slipway_error(), "there is no output 1: the network has 1");
}

TEST(Api, RunsOnCopiesAndInPlace) {
  File file;
  const auto net = open(file);
  const auto session = session_of(net, 2);
  EXPECT_EQ(slipway_run(session.get()), SLIPWAY_INVALID_INPUT);
  EXPECT_STREQ(slipway_error(), "input 'x' was not set");
  EXPECT_EQ(slipway_set_input(session.get(), 0, kInput, 4), SLIPWAY_INVALID_INPUT);
  EXPECT_STREQ(slipway_error(), "input 'x' has 20 bytes, not 4");
  ASSERT_EQ(slipway_set_input(session.get(), 0, kInput, sizeof kInput), SLIPWAY_OK);
  ASSERT_EQ(slipway_run(session.get()), SLIPWAY_OK);
  EXPECT_EQ(output_of(session), kOutput);

  alignas(8) float mine[kPixels] = {1, 1, 1, 1, 1};
  alignas(8) std::uint8_t result[kPixels] = {};
  ASSERT_EQ(slipway_bind_input(session.get(), 0, mine, sizeof mine), SLIPWAY_OK);
  ASSERT_EQ(slipway_bind_output(session.get(), 0, result, sizeof result), SLIPWAY_OK);
  mine[0] = 2;
  ASSERT_EQ(slipway_run(session.get()), SLIPWAY_OK);
  EXPECT_EQ(result[0], 14);
  EXPECT_EQ(result[1], 12);
  const void* where = nullptr;
  ASSERT_EQ(slipway_output(session.get(), 0, &where, nullptr), SLIPWAY_OK);
  EXPECT_EQ(where, result);
}

TEST(Api, RunsInTheBackgroundAndCallsBack) {
  File file;
  const auto net = open(file);
  const auto session = session_of(net);
  ASSERT_EQ(slipway_set_input(session.get(), 0, kInput, sizeof kInput), SLIPWAY_OK);
  std::promise<slipway_status> told;
  ASSERT_EQ(slipway_run_async(
                session.get(),
                [](void* context, slipway_session*, slipway_status status) {
                  static_cast<std::promise<slipway_status>*>(context)->set_value(status);
                },
                &told),
            SLIPWAY_OK);
  EXPECT_EQ(told.get_future().get(), SLIPWAY_OK);
  EXPECT_EQ(slipway_wait(session.get()), SLIPWAY_OK);
  EXPECT_EQ(output_of(session), kOutput);
}

TEST(Api, ACallbackMayBeginTheNextRun) {
  File file;
  const auto net = open(file);
  const auto session = session_of(net);
  ASSERT_EQ(slipway_set_input(session.get(), 0, kInput, sizeof kInput), SLIPWAY_OK);

  struct Count {
    int left = 5;

    static void next(void* context, slipway_session* session, slipway_status) {
      auto& self = *static_cast<Count*>(context);
      if (--self.left > 0) EXPECT_EQ(slipway_run_async(session, next, context), SLIPWAY_OK);
    }
  } count;

  ASSERT_EQ(slipway_run_async(session.get(), Count::next, &count), SLIPWAY_OK);
  EXPECT_EQ(slipway_wait(session.get()), SLIPWAY_OK);
  EXPECT_EQ(count.left, 0);
}

TEST(Api, ASessionOutlivesItsHandle) {
  File file;
  auto net = open(file);
  const auto session = session_of(net);
  net.reset();
  ASSERT_EQ(slipway_set_input(session.get(), 0, kInput, sizeof kInput), SLIPWAY_OK);
  ASSERT_EQ(slipway_run_async(session.get(), nullptr, nullptr), SLIPWAY_OK);
}

TEST(Api, SessionsOfOneHandleWorkAtOnce) {
  File file;
  const auto net = open(file);
  std::vector<std::future<std::vector<std::uint8_t>>> results;
  for (int i = 0; i < 4; ++i) {
    results.push_back(std::async(std::launch::async, [&] {
      const auto session = session_of(net);
      EXPECT_EQ(slipway_set_input(session.get(), 0, kInput, sizeof kInput), SLIPWAY_OK);
      for (int run = 0; run < 50; ++run) EXPECT_EQ(slipway_run(session.get()), SLIPWAY_OK);
      return output_of(session);
    }));
  }
  for (auto& result : results) EXPECT_EQ(result.get(), kOutput);
}

TEST(Api, TellsWhereTheTimeGoes) {
  File file;
  const auto net = open(file);
  const auto session = session_of(net);
  ASSERT_EQ(slipway_set_input(session.get(), 0, kInput, sizeof kInput), SLIPWAY_OK);
  ASSERT_EQ(slipway_profile(session.get(), 1), SLIPWAY_OK);
  ASSERT_EQ(slipway_run(session.get()), SLIPWAY_OK);
  ASSERT_EQ(slipway_step_count(net.get()), 1);
  slipway_step_info info;
  ASSERT_EQ(slipway_step(session.get(), 0, &info), SLIPWAY_OK);
  EXPECT_STREQ(info.name, "y");
  EXPECT_STREQ(info.kernel, "quantize");
  EXPECT_EQ(slipway_step(session.get(), 1, &info), SLIPWAY_INVALID_INPUT);
}

// ---- Files that are not as they should be -------------------------------------------------------

TEST(Params, AChangeOfAnyByteIsSeen) {
  File file;
  for (std::size_t i = 0; i < file.size(); ++i) {
    file.bytes()[i] ^= std::byte{0x40};
    EXPECT_NE(file.refusal(), "") << "byte " << i;
    file.bytes()[i] ^= std::byte{0x40};
  }
  EXPECT_EQ(file.refusal(), "");
}

TEST(Params, AFileCutShortIsSeen) {
  File file;
  for (std::size_t size = 1; size < file.size(); ++size) {
    slipway_deployment* net = nullptr;
    EXPECT_EQ(slipway_open_memory(file.bytes(), size, &net), SLIPWAY_CORRUPT) << size;
  }
}

TEST(Params, SaysWhyItIsRefused) {
  const auto refused = [](const auto& change) {
    File file;
    change(file);
    file.seal();
    return file.refusal();
  };
  const auto other = kProcessor == Processor::x86_64 ? Processor::aarch64 : Processor::x86_64;
  const std::string here = kProcessor == Processor::x86_64 ? "x86_64" : "aarch64";
  const std::string there = kProcessor == Processor::x86_64 ? "aarch64" : "x86_64";
  EXPECT_EQ(refused([](File& f) { f.header().version = 7; }),
            "it has version 7 of the format, this library reads versions 1 and 2");
  EXPECT_EQ(refused([&](File& f) { f.header().processor = other; }),
            "it was compiled for " + there + ", this is " + here);
  EXPECT_EQ(refused([](File& f) { f.header().engine[0] = '!'; }),
            "it was compiled for another version of this library");
  EXPECT_EQ(refused([](File& f) { f.header().isa = 99; }),
            "it names an instruction set that does not exist");
  EXPECT_EQ(refused([](File& f) { f.header().texts.bytes = 1U << 20U; }), "its header is damaged");
  EXPECT_EQ(refused([](File& f) { f.header().tensors.bytes = 0; }), "its header is damaged");
  EXPECT_EQ(refused([](File& f) { f.step().out.offset = 6; }),
            "step 0 of its plan, quantize_picture, reaches out of its memory");
  EXPECT_EQ(refused([](File& f) { f.step().in.index = 1; }),
            "step 0 of its plan, quantize_picture, reaches out of its memory");
  EXPECT_EQ(refused([](File& f) { f.step().header.kind = StepKind{12345}; }),
            "step 0 of its plan is damaged");
  EXPECT_EQ(refused([](File& f) { f.step().header.bytes = 8; }), "step 0 of its plan is damaged");
  EXPECT_EQ(refused([](File&) {}), "");
}

TEST(Params, AFolderWithoutOneIsNamed) {
  slipway_deployment* net = nullptr;
  EXPECT_EQ(slipway_open("/no/such/folder", &net), SLIPWAY_NOT_FOUND);
  EXPECT_EQ(std::string(slipway_error()),
            "cannot open /no/such/folder/deploy.params: No such file or directory");
  EXPECT_EQ(net, nullptr);
  EXPECT_EQ(slipway_open(nullptr, &net), SLIPWAY_INVALID_INPUT);
  slipway_close(nullptr);
  slipway_session_destroy(nullptr);
}

}  // namespace
}  // namespace slipway::engine
