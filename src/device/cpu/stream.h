#pragma once
// A plan with the memory that one run of it at a time needs.

#include <memory>
#include <span>
#include <vector>

#include "device/cpu/plan_builder.h"
#include "engine/pool.h"

namespace slipway::cpu {

class Stream {
 public:
  /// For a plan of `graph`, which both must outlive it. `threads` share the work.
  Stream(const Graph& graph, const BuiltPlan& plan, int threads = 1);

  /// Sets what the next runs read; the tensors must stay.
  void set_inputs(std::span<const Tensor> inputs);

  void run() { run(plan_.header()); }

  /// Runs some of the plan's steps.
  void run(const engine::PlanHeader& steps);

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
