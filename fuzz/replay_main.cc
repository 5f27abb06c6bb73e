// Runs a fuzz target over the files of folders, once each and in order, without libFuzzer.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

#include "base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  slipway::SeededEntropy entropy(0);  // nothing is written
  const slipway::SystemFiles files(entropy);
  int count = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string folder = argv[i];
    const auto names = files.list(folder);
    if (!names) continue;  // a target without regressions has no such folder
    for (const auto& name : *names) {
      const auto bytes = files.read(slipway::join(folder, name));
      if (!bytes) {
        std::fprintf(stderr, "%s\n", bytes.error().message.c_str());
        return 1;
      }
      std::fprintf(stderr, "%s/%s\n", folder.c_str(), name.c_str());  // the last one is the culprit
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size());
      ++count;
    }
  }
  std::printf("%d inputs\n", count);
  return count > 0 ? 0 : 1;  // a target without seeds tests nothing
}
