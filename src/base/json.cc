#include "base/json.h"

#include <cmath>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway {
namespace {

constexpr int kMaxDepth = 100;

/// Builds a Json from the parser's events, so that depth and repeated names are refused while
/// reading and nothing is built twice.
class Builder {
 public:
  using Parser = nlohmann::json;

  bool null() { return put(Json()); }

  bool boolean(bool value) { return put(Json(value)); }

  bool number_integer(Parser::number_integer_t value) { return put(Json(value)); }

  bool number_unsigned(Parser::number_unsigned_t value) {
    if (value > INT64_MAX) return put(Json(static_cast<double>(value)));
    return put(Json(value));
  }

  bool number_float(Parser::number_float_t value, const std::string&) { return put(Json(value)); }

  bool string(std::string& value) { return put(Json(std::move(value))); }

  bool binary(Parser::binary_t&) { return false; }

  bool start_object(std::size_t) { return open(Json(Json::Object{})); }

  bool end_object() { return close(); }

  bool start_array(std::size_t) { return open(Json(Json::Array{})); }

  bool end_array() { return close(); }

  bool key(std::string& name) {
    if (!levels_.back().names.insert(name).second) {
      problem = fmt::format("the member \"{}\" stands twice in one object", name);
      return false;
    }
    levels_.back().name = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) {
    problem = fmt::format("not JSON at byte {}", position);
    return false;
  }

  Json root;
  std::string problem;

 private:
  struct Level {
    Json value;
    std::string name;
    std::set<std::string> names;
  };

  bool open(Json value) {
    if (levels_.size() >= kMaxDepth) {
      problem = fmt::format("nested over {} deep", kMaxDepth);
      return false;
    }
    levels_.push_back({std::move(value), {}, {}});
    return true;
  }

  bool close() {
    Json value = std::move(levels_.back().value);
    levels_.pop_back();
    return put(std::move(value));
  }

  bool put(Json value) {
    if (levels_.empty()) {
      root = std::move(value);
    } else if (levels_.back().value.object() != nullptr) {
      levels_.back().value.set(std::move(levels_.back().name), std::move(value));
    } else {
      levels_.back().value.push(std::move(value));
    }
    return true;
  }

  std::vector<Level> levels_;
};

void append_quoted(std::string& out, const std::string& text) {
  // The library's writer replaces bytes that are not UTF-8 instead of throwing.
  out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void new_line(std::string& out, int indent, int depth) {
  if (indent == 0) return;
  out += '\n';
  out.append(static_cast<std::size_t>(indent) * static_cast<std::size_t>(depth), ' ');
}

/// Arrays of plain numbers stay on one line: shapes read better so.
bool is_flat(const Json::Array& array) {
  for (const auto& item : array) {
    if (item.array() != nullptr || item.object() != nullptr || item.string() != nullptr)
      return false;
  }
  return true;
}

void append(std::string& out, const Json& json, int indent, int depth);

void append_array(std::string& out, const Json::Array& array, int indent, int depth) {
  const bool flat = is_flat(array);
  out += '[';
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (i > 0) out += flat && indent > 0 ? ", " : ",";
    if (!flat) new_line(out, indent, depth + 1);
    append(out, array[i], indent, depth + 1);
  }
  if (!flat) new_line(out, indent, depth);
  out += ']';
}

void append_object(std::string& out, const Json::Object& object, int indent, int depth) {
  out += '{';
  for (std::size_t i = 0; i < object.size(); ++i) {
    if (i > 0) out += ',';
    new_line(out, indent, depth + 1);
    append_quoted(out, object[i].first);
    out += indent > 0 ? ": " : ":";
    append(out, object[i].second, indent, depth + 1);
  }
  if (!object.empty()) new_line(out, indent, depth);
  out += '}';
}

void append(std::string& out, const Json& json, int indent, int depth) {
  if (const auto* boolean = json.boolean()) {
    out += *boolean ? "true" : "false";
  } else if (const auto* integer = json.integer()) {
    out += fmt::to_string(*integer);
  } else if (const auto* string = json.string()) {
    append_quoted(out, *string);
  } else if (const auto* array = json.array()) {
    append_array(out, *array, indent, depth);
  } else if (const auto* object = json.object()) {
    append_object(out, *object, indent, depth);
  } else if (const auto number = json.number(); number && std::isfinite(*number)) {
    out += fmt::format("{}", *number);
    if (std::trunc(*number) == *number && std::fabs(*number) < 1e16) out += ".0";
  } else {
    out += "null";
  }
}

}  // namespace

Result<double> Json::number() const {
  if (const auto* real = std::get_if<double>(&value_)) return *real;
  if (const auto* whole = integer()) return static_cast<double>(*whole);
  return fail(Code::invalid_input, "a number is needed here");
}

const Json* Json::find(std::string_view name) const {
  if (object() == nullptr) return nullptr;
  for (const auto& [key, value] : *object()) {
    if (key == name) return &value;
  }
  return nullptr;
}

Json& Json::set(std::string name, Json value) {
  if (is_null()) value_ = Object{};
  auto* members = std::get_if<Object>(&value_);
  SLIPWAY_CHECK(members != nullptr);
  members->emplace_back(std::move(name), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  if (is_null()) value_ = Array{};
  auto* items = std::get_if<Array>(&value_);
  SLIPWAY_CHECK(items != nullptr);
  items->push_back(std::move(value));
  return *this;
}

std::string Json::text(int indent) const {
  std::string out;
  append(out, *this, indent, 0);
  return out;
}

Result<Json> parse_json(std::string_view text) {
  Builder builder;
  if (!nlohmann::json::sax_parse(text, &builder)) {
    return fail(Code::corrupt, "{}", builder.problem.empty() ? "not JSON" : builder.problem);
  }
  return std::move(builder.root);
}

}  // namespace slipway
