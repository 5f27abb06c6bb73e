#pragma once
// The validation pictures of ImageNet 2012, as they are downloaded: an archive of pictures and one
// that says what they show.

#include <string>

#include "cli/world.h"

namespace slipway::cli {

/// Whether `argument` is the archive of pictures, or a folder that holds it or what was unpacked
/// of it.
[[nodiscard]] bool is_imagenet(const Files& files, const std::string& argument);

/// The folder with the pictures and their labels.csv (file, wnid, label_N, label_N+1: N classes in
/// the order of their wnids, without and with a background in front). Where it is not there yet, it
/// is made beside the archive, from it and the devkit; what was begun goes on. Without labels.csv
/// it is not whole.
///
/// Errors  not_found: no devkit; corrupt: an archive that is damaged, or other pictures than the
///         devkit names; conflict: somebody else unpacks it; those of Files::write
Result<std::string> unpack_imagenet(World& world, const std::string& argument);

}  // namespace slipway::cli
