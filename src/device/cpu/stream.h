#pragma once
// A plan with the memory that one run of it at a time needs.

#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "device/cpu/plan_builder.h"
#include "engine/pool.h"

namespace slipway::cpu {

class Stream {
 public:
  /// For a plan of `graph`, which both must outlive it. `threads` share the work.
  Stream(const Graph& graph, const BuiltPlan& plan, int threads = 1);

  /// Sets what the next runs read; the tensors must stay.
  void set_inputs(std::span<const Tensor> inputs);

  void run();

  /// Runs one of the plan's steps, the first being 0.
  void run_step(std::size_t i);

  /// Runs all of them and keeps the least seconds of each so far in `least`, in their order; empty
  /// before the first run.
  void run(const Clock& clock, std::vector<double>& least);

  /// The outputs of the last run.
  [[nodiscard]] std::vector<Tensor> outputs() const;

 private:
  struct Freed {
    void operator()(std::byte* bytes) const;
  };

  struct Dropped {
    void operator()(engine::Pool* pool) const { engine::Pool::drop(pool); }
  };

  using Memory = std::unique_ptr<std::byte, Freed>;

  static Memory memory(std::size_t bytes);

  [[nodiscard]] engine::Bases bases() const;

  const BuiltPlan& plan_;
  Memory constants_;
  Memory arena_;
  std::vector<Memory> rooms_;
  std::vector<TensorType> types_;
  std::vector<const std::byte*> inputs_;
  std::vector<std::byte*> outputs_;
  std::unique_ptr<engine::Pool, Dropped> pool_;
};

}  // namespace slipway::cpu
