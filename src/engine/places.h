#pragma once
// Where the places of a step lie in one run.

#include "engine/plan.h"

namespace slipway::engine {

/// Bytes that a step reads.
[[nodiscard]] inline const std::byte* bytes_at(const Place& place, const Bases& bases) {
  switch (place.space) {
    case Space::constants:
      return bases.constants + place.offset;
    case Space::arena:
      return bases.arena + place.offset;
    case Space::input:
      return bases.inputs[place.index] + place.offset;
    case Space::output:
      return bases.outputs[place.index] + place.offset;
  }
  return nullptr;
}

/// Bytes that a step writes: in the arena, or an output.
[[nodiscard]] inline std::byte* room_at(const Place& place, const Bases& bases) {
  return (place.space == Space::output ? bases.outputs[place.index] : bases.arena) + place.offset;
}

template <class T>
[[nodiscard]] const T* read_at(const Place& place, const Bases& bases) {
  return reinterpret_cast<const T*>(bytes_at(place, bases));
}

template <class T>
[[nodiscard]] T* write_at(const Place& place, const Bases& bases) {
  return reinterpret_cast<T*>(room_at(place, bases));
}

}  // namespace slipway::engine
