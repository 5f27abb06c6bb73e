#pragma once

// What this process holds on disk, for the moment in which a signal ends it.

namespace slipway {

/// Removes the lock files of locks that this process holds (SystemFiles::lock). Nothing else may be
/// done with them after that: the process is to end. May be called in a signal handler.
void remove_held_locks() noexcept;

}  // namespace slipway
