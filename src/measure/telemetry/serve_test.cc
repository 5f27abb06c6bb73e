#include "measure/telemetry/serve.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "measure/telemetry/list.h"

namespace slipway::measure {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr auto kLimit = 20s;

/// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "telemetry_XXXXXX";
    path_ = ::mkdtemp(name.data()) != nullptr ? name : "";
  }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// A sampler on a thread of its own, until it is killed.
class Sampler {
 public:
  explicit Sampler(std::string socket)
      : socket_(std::move(socket)), listener_(Listener::open(files_, socket_)) {
    if (!listener_) return;
    thread_ = std::thread([this] {
      const Doors doors{files_, nullptr, {}};
      auto sources = make_sources(doors, std::vector<std::string>{"procfs"});
      Recorder recorder(clock_, std::move(sources).value(), 1ms);
      const auto served = serve(
          *listener_, recorder, [] { return false; },
          [&](const Recording& recording) -> Result<void> {
            recorded_ = recording.samples;
            return {};
          });
      EXPECT_TRUE(served);
    });
  }

  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  ~Sampler() { end(); }

  void end() {
    if (!thread_.joinable()) return;
    EXPECT_TRUE(ask(socket_, "kill", kLimit));
    thread_.join();
  }

  [[nodiscard]] std::int64_t recorded() const { return recorded_; }

  [[nodiscard]] bool listens() const { return listener_.ok(); }

 private:
  SeededEntropy entropy_{1};
  SystemFiles files_{entropy_};
  SystemClock clock_;
  std::string socket_;
  Result<Listener> listener_;
  std::atomic<std::int64_t> recorded_ = 0;
  std::thread thread_;
};

TEST(Serve, RecordsFromStartToStopAndGivesTheRows) {
  const Folder folder;
  const auto socket = folder.path("s");
  Sampler sampler(socket);
  ASSERT_TRUE(sampler.listens());
  EXPECT_EQ(*ask(socket, "status", kLimit), "ready");
  EXPECT_THAT(ask(socket, "csv", kLimit).error().message, HasSubstr("not recorded anything"));
  ASSERT_TRUE(ask(socket, "start", kLimit));
  EXPECT_EQ(*ask(socket, "status", kLimit), "recording");
  const auto said = ask(socket, "stop", kLimit);
  ASSERT_TRUE(said) << said.error().message;
  const auto json = parse_json(*said);
  ASSERT_TRUE(json);
  EXPECT_GE(*json->find("samples")->integer(), 1);
  EXPECT_EQ(*json->find("samples")->integer(), sampler.recorded());
  EXPECT_THAT(*ask(socket, "csv", kLimit), testing::StartsWith("time_s,"));
}

TEST(Serve, WhatDoesNotFitIsOneSentence) {
  const Folder folder;
  const auto socket = folder.path("s");
  const Sampler sampler(socket);
  ASSERT_TRUE(sampler.listens());
  EXPECT_EQ(ask(socket, "stop", kLimit).error().message, "it does not record");
  EXPECT_EQ(ask(socket, "dance", kLimit).error().code, Code::unsupported);
  ASSERT_TRUE(ask(socket, "start", kLimit));
  const auto again = ask(socket, "start", kLimit);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::conflict);
  EXPECT_EQ(ask(socket, std::string(1000, 'x'), kLimit).error().code, Code::unavailable);
}

TEST(Serve, WhatIsRecordedWhenItIsKilledIsNotLost) {
  const Folder folder;
  Sampler sampler(folder.path("s"));
  ASSERT_TRUE(sampler.listens());
  ASSERT_TRUE(ask(folder.path("s"), "start", kLimit));
  sampler.end();
  EXPECT_GE(sampler.recorded(), 1);
}

TEST(Socket, ASecondListenerIsRefused) {
  const Folder folder;
  const Sampler sampler(folder.path("s"));
  ASSERT_TRUE(sampler.listens());
  SeededEntropy entropy(1);
  SystemFiles files(entropy);
  const auto second = Listener::open(files, folder.path("s"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::conflict);
  EXPECT_THAT(second.error().message, HasSubstr("a sampler listens at"));
}

TEST(Socket, WhatWasLeftBehindIsReplacedAndGoesAway) {
  const Folder folder;
  const auto path = folder.path("s");
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(left, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ::close(left);
  EXPECT_THAT(ask(path, "status", kLimit).error().message, HasSubstr("was killed"));
  {
    const Sampler sampler(path);
    ASSERT_TRUE(sampler.listens());
    EXPECT_EQ(*ask(path, "status", kLimit), "ready");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".lock"));
  EXPECT_EQ(ask(path, "status", kLimit).error().code, Code::not_found);
}

TEST(Socket, AFileOfSomebodyElseStays) {
  const Folder folder;
  std::ofstream(folder.path("s")) << "mine";
  SeededEntropy entropy(1);
  SystemFiles files(entropy);
  const auto opened = Listener::open(files, folder.path("s"));
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("is there already, and no socket"));
  EXPECT_TRUE(std::filesystem::exists(folder.path("s")));
}

TEST(Socket, APathThatIsTooLongSaysHowLongItMayBe) {
  SeededEntropy entropy(1);
  SystemFiles files(entropy);
  const std::string path = "/tmp/" + std::string(200, 'x');
  for (const auto& error :
       {Listener::open(files, path).error(), ask(path, "status", kLimit).error()}) {
    EXPECT_EQ(error.code, Code::invalid_input);
    EXPECT_THAT(error.message, HasSubstr("has 205 bytes, the system takes 107"));
  }
}

}  // namespace
}  // namespace slipway::measure
