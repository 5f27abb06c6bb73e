#pragma once
// A deployment as one file, for copying: a tar archive with a folder in it.

#include <string_view>

#include "compile/package.h"

namespace slipway::compile {

/// Whether a path ends as an archive that we write and read does: .tar.zst, .tar.gz, .tgz or .tar.
[[nodiscard]] bool is_archive_name(std::string_view path);

/// The bytes of the archive `path`, whose end says how it is compressed. Equal packages give equal
/// bytes.
///
/// Errors  unavailable: no memory
Result<Bytes> write_archive(const Package& package, std::string_view path);

/// The files in an archive, whatever folder they lie in there.
///
/// Errors  corrupt: no such archive, or one that is damaged; unsupported: over 4 GB when unpacked
Result<Package> read_archive(BytesView bytes);

}  // namespace slipway::compile
