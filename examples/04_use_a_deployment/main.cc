// The same in C++: what is opened closes itself, what fails throws.
#include <cstdio>
#include <exception>
#include <vector>

#include "slipway/slipway.hpp"

int main(int count, char** words) {
  try {
    // A second word names an instruction set: a portable deployment has a plan for each.
    const slipway::deploy::Network net(count > 1 ? words[1] : ".", count > 2 ? words[2] : nullptr);
    slipway::deploy::Session session(net);
    const std::vector<char> input(net.input(0).bytes);
    session.set_input(0, input.data(), input.size());
    session.run();
    std::printf("the first number is %g, computed with %s\n",
                static_cast<double>(session.output<float>(0)[0]), net.isa().c_str());
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "error: %s\n", problem.what());
    return 1;
  }
}
