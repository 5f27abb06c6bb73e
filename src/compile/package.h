#pragma once
// A deployment as files: docs/formats/deployment.md.

#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "compile/compiler.h"
#include "compile/params.h"

namespace slipway::compile {

/// Where a deployment comes from: each figure that is measured with it can say so.
struct Provenance {
  std::string model;         // the file's name
  std::string model_sha256;  // of its bytes; empty where there is no file
  std::vector<std::string> flags;
  std::string machine;  // the processor's name
  std::string version;  // of slipway
  std::string commit;
};

/// A file of a deployment, in memory or mapped.
struct PackageFile {
  std::string name;
  Mapping content;
};

using Package = std::vector<PackageFile>;

/// Bytes at a multiple of 64, as those of a mapped file and as slipway_open_memory wants them.
[[nodiscard]] Mapping aligned_copy(BytesView bytes);

/// All files of a deployment. `library` is what becomes deploy.so.
///
/// Errors  those of write_params
Result<Package> package(const Compiled& compiled, const Provenance& provenance, BytesView library);

/// A deployment that was read: every file has the checksum that deploy.json says.
struct Deployment {
  struct Plan {
    std::string isa;
    std::vector<double> tolerance;  // of each output
  };

  std::string name;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  std::optional<Recipe> recipe;
  std::string device;  // "CPU"
  std::string host_arch;
  std::string target;       // "InterpreterHw"; empty where none was asked for
  std::vector<Plan> plans;  // the newest first
  int threads = 1;
  Json json;
  Package files;
  std::vector<Tensor> sample;
  std::vector<Tensor> reference;

  [[nodiscard]] const Mapping* find(std::string_view file) const;
};

/// What `package` wrote.
///
/// Errors  corrupt: a file that is missing, was changed, or does not say what it should;
///         unsupported: another version of the format
Result<Deployment> read_package(Package files);

/// The files of a folder that a deployment may hold.
///
/// Errors  corrupt: a file is missing, or deploy.json is damaged; those of Files
Result<Package> read_folder(const Files& files, const std::string& folder);

/// Whether a folder holds a deployment, or what is left of one.
[[nodiscard]] bool is_deployment(const Files& files, const std::string& folder);

/// Whether a deployment may be written to a folder.
///
/// Errors  conflict: there is one already and it may not be overwritten, or there are other things
Result<void> check_room(const Files& files, const std::string& folder, bool overwrite);

/// A deployment of deploy.params alone, which was never written: for Runner.
///
/// Errors  those of write_params
Result<Deployment> in_memory(const Compiled& compiled);

/// Writes a deployment to a folder as a whole. The caller holds its lock.
///
/// Errors  those of Files::write_folder
Result<void> write_folder(Files& files, const std::string& folder, const Package& package);

}  // namespace slipway::compile
