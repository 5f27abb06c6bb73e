#include "cli/bench_telemetry.h"

#include "cli/table.h"
#include "measure/telemetry/socket.h"

namespace slipway::cli {
namespace {

// For an answer. A sampler may be in the middle of a sample, and takes another before it answers;
// nvidia-smi alone has 5 s for each.
constexpr std::chrono::milliseconds kLimit{12'000};

std::string number_at(const Json& row, std::string_view name) {
  const auto* value = row.find(name);
  const auto number = value == nullptr ? Result<double>(fail(Code::corrupt, "")) : value->number();
  return number ? fmt::format("{:.2f}", *number) : "n/a";
}

std::string text_at(const Json& row, std::string_view name) {
  const auto* value = row.find(name);
  return value != nullptr && value->string() != nullptr ? *value->string() : std::string();
}

const Json::Array& rows_of(const Json& document, std::string_view name) {
  static const Json::Array kNone;
  const auto* value = document.find(name);
  return value != nullptr && value->array() != nullptr ? *value->array() : kNone;
}

}  // namespace

std::string telemetry_table(const World& world, const Json& recording) {
  std::string out;
  Table table({{"sensor"},
               {"average", Align::right},
               {"min", Align::right},
               {"max", Align::right},
               {"stdev", Align::right},
               {"unit"}});
  for (const auto& row : rows_of(recording, "channels"))
    table.row({text_at(row, "name"), number_at(row, "average"), number_at(row, "min"),
               number_at(row, "max"), number_at(row, "stdev"), text_at(row, "unit")});
  if (!rows_of(recording, "channels").empty())
    out += table.text(world.terminal.out_columns, world.terminal.color);
  for (const auto& row : rows_of(recording, "channels"))
    if (const auto joules = number_at(row, "joules"); joules != "n/a")
      out += fmt::format("{} used {} J\n", text_at(row, "name"), joules);
  for (const auto& row : rows_of(recording, "missing"))
    out += fmt::format("missing: {} ({})\n", text_at(row, "name"), text_at(row, "why"));
  return out;
}

BenchTelemetry::~BenchTelemetry() {
  if (is_recording_) static_cast<void>(measure::ask(socket_, "stop", kLimit).ok());
  if (own_) static_cast<void>(measure::ask(socket_, "kill", kLimit).ok());
}

void BenchTelemetry::describe(Options& options) {
  options
      .value("--socket", "S", socket_,
             "sample the machine in the measured part, by the sampler at this socket ('slipway "
             "telemetry run'); where none listens, one is started for this run")
      .takes_file = true;
}

Result<void> BenchTelemetry::prepare(World& world) {
  if (!is_asked()) return {};
  auto status = measure::ask(socket_, "status", kLimit);
  if (!status && status.error().code == Code::not_found && world.programs != nullptr) {
    // Its own error, where there can be no socket, is better than that of a program that ended.
    { const auto tried = SLIPWAY_TRY(measure::Listener::open(world.files, socket_)); }
    const auto self = SLIPWAY_TRY(world.files.resolve("/proc/self/exe"));
    own_ = SLIPWAY_TRY(world.programs->start(
        self, {"telemetry", "run", "--socket", socket_, "--with-stdin"}, kLimit));
    world.detail("a sampler listens at {}", socket_);
    status = measure::ask(socket_, "status", kLimit);
  }
  if (SLIPWAY_TRY(std::move(status)) == "recording")
    return fail(Code::conflict, "the sampler at {} records already: somebody else measures",
                socket_)
        .with_remedy(fmt::format("slipway telemetry stop --socket {}, or another socket", socket_));
  return {};
}

void BenchTelemetry::begin() {
  if (!is_asked()) return;
  const auto begun = measure::ask(socket_, "start", kLimit);
  // Who did not answer in time may record yet. A recording that was refused is somebody else's.
  is_recording_ = begun.ok() || begun.error().code == Code::timeout;
  if (!begun) lose(begun.error());
}

void BenchTelemetry::end() {
  if (!std::exchange(is_recording_, false)) return;
  const auto said = measure::ask(socket_, "stop", kLimit);
  if (lost_) return;  // it began too late
  if (!said) return lose(said.error());
  auto document = parse_json(*said);
  if (!document) return lose(document.error());
  said_ = *std::move(document);
  if (auto rows = measure::ask(socket_, "csv", kLimit)) csv_ = *std::move(rows);
}

void BenchTelemetry::lose(const Error& error) { lost_ = error.message; }

Json BenchTelemetry::json() const {
  if (!is_asked()) return {};
  Json out;
  out.set("socket", socket_);
  out.set("lost", lost_ ? Json(*lost_) : Json());
  if (said_ && said_->object() != nullptr)
    for (const auto& [name, value] : *said_->object()) out.set(name, value);
  return out;
}

void BenchTelemetry::print(World& world) const {
  if (said_ && !world.json) world.print("\n{}", telemetry_table(world, *said_));
  if (lost_)
    world.note("the telemetry was lost, which the other figures do not depend on: {}", *lost_);
}

}  // namespace slipway::cli
