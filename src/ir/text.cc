#include "ir/text.h"

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "ir/verify.h"

namespace slipway {
namespace {

constexpr std::int64_t kMaxWrittenOut = 16;
constexpr std::int64_t kMaxKnownBytes = 256 << 20;

bool is_plain(std::string_view name) {
  if (name.empty() || name == "_") return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '_' && c != '.' && c != '/' && c != '-') return false;
  }
  return true;
}

std::string quoted(const std::string& name) { return is_plain(name) ? name : field::print(name); }

std::string elements_text(const Tensor& tensor) {
  return visit(tensor.dtype(), [&]<class T>(T) {
    std::string out = "[";
    for (const T x : tensor.values<T>()) {
      if (out.size() > 1) out += ',';
      if constexpr (std::is_same_v<T, double>) {
        out += fmt::format("{}", x);
      } else if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
        out += fmt::format("{}", static_cast<float>(x));
      } else {
        out += field::print(x);
      }
    }
    return out + "]";
  });
}

/// Whether every bit of the tensor survives being written as numbers: those of not-a-number do not.
bool has_exact_text(const Tensor& value) {
  if (!is_float(value.dtype())) return true;
  const auto numbers = to_doubles(value);
  return std::none_of(numbers.begin(), numbers.end(), [](double x) { return std::isnan(x); });
}

std::string constant_text(const Tensor& value, std::vector<Tensor>* blobs) {
  if (value.elements() <= kMaxWrittenOut && (blobs == nullptr || has_exact_text(value)))
    return fmt::format("Constant {}", elements_text(value));
  if (blobs == nullptr) return "Constant";
  blobs->push_back(value);
  return fmt::format("Constant @{}", blobs->size() - 1);
}

std::string fields_text(const AnyOp& op) {
  std::string out;
  const auto fields = op.fields();
  for (std::size_t i = 0; i < fields.size(); ++i)
    out += fmt::format("{}{}={}", i == 0 ? " {" : ", ", fields[i].name, fields[i].value);
  return fields.empty() ? out : out + "}";
}

std::string op_text(const Graph& graph, const Node& node) {
  std::string out = fmt::format("{}(", node.op.name());
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (i > 0) out += ", ";
    out += node.inputs[i].exists() ? quoted(graph.value(node.inputs[i]).name) : "_";
  }
  return out + ')' + fields_text(node.op);
}

/// A position in one line of text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() {
    skip_space();
    return at_ == text_.size();
  }

  [[nodiscard]] bool at_quote() {
    skip_space();
    return text_.substr(at_).starts_with('"');
  }

  /// Steps over `token` if it comes next.
  bool eat(std::string_view token) {
    skip_space();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  Result<void> expect(std::string_view token) {
    if (eat(token)) return {};
    return fail(Code::invalid_input, "'{}' is expected at \"{}\"", token,
                text_.substr(at_).substr(0, 30));
  }

  /// A name, plain or in quotes.
  Result<std::string> name() {
    skip_space();
    if (text_.substr(at_).starts_with('"')) {
      std::string out;
      SLIPWAY_TRY(field::parse(SLIPWAY_TRY(quotes()), out));
      return out;
    }
    const std::size_t start = at_;
    while (at_ < text_.size() && is_plain(text_.substr(at_, 1) == "_" ? "x" : text_.substr(at_, 1)))
      ++at_;
    if (at_ == start)
      return fail(Code::invalid_input, "a name is expected at \"{}\"",
                  text_.substr(at_).substr(0, 30));
    return std::string(text_.substr(start, at_ - start));
  }

  /// Raw text from a quote to the one that ends it.
  Result<std::string_view> quotes() {
    const std::size_t start = at_;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '"') {
        ++at_;
        return text_.substr(start, at_ - start);
      }
    }
    at_ = text_.size();
    return fail(Code::invalid_input, "a quote does not end");
  }

  /// Raw text up to a ',', '}', ')' or the end, of which brackets, parentheses and quotes may hide
  /// some.
  Result<std::string_view> value() {
    skip_space();
    const std::size_t start = at_;
    int depth = 0;
    bool in_quotes = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (in_quotes) {
        if (c == '\\') ++at_;
        if (c == '"') in_quotes = false;
      } else if (c == '"') {
        in_quotes = true;
      } else if (c == '[' || c == '(') {
        ++depth;
      } else if (depth > 0 && (c == ']' || c == ')')) {
        --depth;
      } else if (depth == 0 && (c == ',' || c == '}' || c == ')' || c == '=' || c == ':')) {
        break;
      }
    }
    at_ = std::min(at_, text_.size());
    if (depth > 0 || in_quotes) return fail(Code::invalid_input, "a bracket or quote does not end");
    auto out = text_.substr(start, at_ - start);
    while (out.ends_with(' ')) out.remove_suffix(1);
    return out;
  }

  std::string_view rest() {
    skip_space();
    auto out = text_.substr(at_);
    at_ = text_.size();
    while (out.ends_with(' ') || out.ends_with('\r')) out.remove_suffix(1);
    return out;
  }

  /// A type. Quantization holds a '=', so it cannot be read by value().
  Result<TensorType> type() {
    const auto start = at_;
    SLIPWAY_TRY(value());
    if (text_.substr(0, at_).ends_with(' ')) --at_;
    return parse_type(text_.substr(start, at_ - start));
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<Quantization> parse_quantization(Cursor& at) {
  Quantization quant;
  if (at.eat("axis=")) {
    SLIPWAY_TRY(field::parse(SLIPWAY_TRY(at.value()), quant.axis));
    SLIPWAY_TRY(at.expect(","));
    SLIPWAY_TRY(field::parse(SLIPWAY_TRY(at.value()), quant.scale));
    SLIPWAY_TRY(at.expect(","));
    SLIPWAY_TRY(field::parse(SLIPWAY_TRY(at.value()), quant.zero_point));
  } else {
    quant.scale.resize(1);
    quant.zero_point.resize(1);
    SLIPWAY_TRY(field::parse(SLIPWAY_TRY(at.value()), quant.scale[0]));
    SLIPWAY_TRY(at.expect(","));
    SLIPWAY_TRY(field::parse(SLIPWAY_TRY(at.value()), quant.zero_point[0]));
  }
  SLIPWAY_TRY(at.expect(")"));
  return quant;
}

/// Errors  unsupported: none of `ops` has that name
Result<const OpEntry*> find_op(std::string_view name, std::span<const OpEntry> ops) {
  for (const auto& known : ops) {
    if (known.name == name) return &known;
  }
  return fail(Code::unsupported, "no operator is named '{}'", name);
}

Result<std::vector<FieldText>> parse_fields(Cursor& at) {
  std::vector<FieldText> fields;
  if (!at.eat("{")) return fields;
  while (!at.eat("}")) {
    if (!fields.empty()) SLIPWAY_TRY(at.expect(","));
    FieldText field{SLIPWAY_TRY(at.name()), {}};
    SLIPWAY_TRY(at.expect("="));
    field.value = std::string(SLIPWAY_TRY(at.value()));
    fields.push_back(std::move(field));
  }
  return fields;
}

class Parser {
 public:
  Parser(std::span<const OpEntry> ops, std::span<const Tensor> blobs) : ops_(ops), blobs_(blobs) {}

  Result<void> line(std::string_view text) {
    Cursor at(text);
    if (at.at_end() || at.eat("#")) return {};
    if (at.eat("graph ")) return field::parse(at.rest(), graph_.name);
    if (at.eat("meta ")) return meta(at);
    if (at.eat("recipe ")) {
      graph_.recipe = SLIPWAY_TRY(parse_recipe(at.rest()));
      return {};
    }
    if (at.eat("return ")) return results(at);
    return node(at);
  }

  Result<Graph> finish() && {
    if (graph_.nodes().empty()) return fail(Code::invalid_input, "the text holds no node");
    if (graph_.outputs().empty()) {
      // Without a "return" the last node is the answer.
      std::vector<ValueId> last;
      const auto index = static_cast<std::int32_t>(graph_.nodes().size()) - 1;
      const auto slots = static_cast<std::int32_t>(graph_.nodes().back().outputs.size());
      for (std::int32_t slot = 0; slot < slots; ++slot) last.push_back({index, slot});
      graph_.set_outputs(std::move(last));
    }
    SLIPWAY_TRY(verify(graph_));
    return std::move(graph_);
  }

 private:
  Result<void> meta(Cursor& at) {
    const auto key = SLIPWAY_TRY(at.name());
    SLIPWAY_TRY(field::parse(at.rest(), graph_.metadata[key]));
    return {};
  }

  Result<void> results(Cursor& at) {
    std::vector<ValueId> outputs;
    do outputs.push_back(SLIPWAY_TRY(find(SLIPWAY_TRY(at.name()))));
    while (at.eat(","));
    graph_.set_outputs(std::move(outputs));
    return {};
  }

  Result<ValueId> find(const std::string& name) {
    const auto found = values_.find(name);
    if (found == values_.end())
      return fail(Code::invalid_input, "nothing is named '{}' before this line", name);
    return found->second;
  }

  Result<void> node(Cursor& at) {
    std::vector<Value> outputs;
    do {
      auto name = SLIPWAY_TRY(at.name());
      if (values_.contains(name)) return fail(Code::invalid_input, "'{}' is named twice", name);
      SLIPWAY_TRY(at.expect(":"));
      auto type = SLIPWAY_TRY(at.type());
      outputs.push_back({std::move(name), std::move(type)});
    } while (at.eat(","));
    SLIPWAY_TRY(at.expect("="));
    const auto op = SLIPWAY_TRY(at.name());
    if (op == Input::kName || op == Constant::kName) {
      if (outputs.size() != 1) return fail(Code::invalid_input, "{} has one output", op);
      auto& [name, type, known] = outputs[0];
      auto key = name;
      const auto id = op == Input::kName
                          ? graph_.add_input(std::move(name), std::move(type))
                          : graph_.add_constant(name, SLIPWAY_TRY(constant(at, type)));
      values_[std::move(key)] = id;
      return {};
    }
    return operation(at, op, std::move(outputs));
  }

  Result<void> operation(Cursor& at, const std::string& name, std::vector<Value> outputs) {
    const auto* entry = SLIPWAY_TRY(find_op(name, ops_));
    SLIPWAY_TRY(at.expect("("));
    std::vector<ValueId> inputs;
    while (!at.eat(")")) {
      if (!inputs.empty()) SLIPWAY_TRY(at.expect(","));
      const bool quoted = at.at_quote();
      const auto input = SLIPWAY_TRY(at.name());
      inputs.push_back(!quoted && input == "_" ? kNoValue : SLIPWAY_TRY(find(input)));
    }
    const auto fields = SLIPWAY_TRY(parse_fields(at));
    std::vector<std::string> keys;
    for (const auto& output : outputs) keys.push_back(output.name);
    const auto ids = SLIPWAY_TRY(
        graph_.add_typed(SLIPWAY_TRY(entry->parse(fields)), std::move(inputs), std::move(outputs)));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (const auto* known = graph_.known(ids[i])) {
        known_bytes_ += static_cast<std::int64_t>(known->bytes().size());
        if (known_bytes_ > kMaxKnownBytes)
          return fail(Code::invalid_input, "over 256 MB are computed from constants");
      }
      values_[keys[i]] = ids[i];
    }
    return {};
  }

  Result<Tensor> constant(Cursor& at, const TensorType& type) {
    if (!type.is_known()) return fail(Code::invalid_input, "a constant of unknown shape");
    if (at.eat("@")) {
      std::size_t index = 0;
      SLIPWAY_TRY(field::parse(at.rest(), index));
      if (index >= blobs_.size())
        return fail(Code::invalid_input, "there is no constant @{}", index);
      return blobs_[index].as(type);
    }
    constexpr std::int64_t kMaxBytes = 64 << 20;
    written_bytes_ += std::min(type.bytes(), kMaxBytes + 1);
    if (written_bytes_ > kMaxBytes)
      return fail(Code::invalid_input, "over 64 MB of constants without @");
    TensorBuilder builder(type);
    if (at.at_end()) return std::move(builder).build();
    const auto items = SLIPWAY_TRY(field::items(at.rest()));
    if (static_cast<std::int64_t>(items.size()) != type.shape.elements()) {
      return fail(Code::invalid_input, "{} numbers for {}", items.size(), type.text());
    }
    SLIPWAY_TRY(visit(type.dtype, [&]<class T>(T) -> Result<void> {
      const auto out = builder.values<T>();
      for (std::size_t i = 0; i < out.size(); ++i) {
        if constexpr (std::is_integral_v<T>) {
          SLIPWAY_TRY(field::parse(items[i], out[i]));
        } else if constexpr (std::is_same_v<T, double>) {
          const auto end = items[i].data() + items[i].size();
          const auto parsed = std::from_chars(items[i].data(), end, out[i]);
          if (parsed.ec != std::errc() || parsed.ptr != end) {
            return fail(Code::invalid_input, "'{}' is no number", items[i]);
          }
        } else {
          float number = 0;
          SLIPWAY_TRY(field::parse(items[i], number));
          out[i] = T(number);
        }
      }
      return {};
    }));
    return std::move(builder).build();
  }

  std::span<const OpEntry> ops_;
  std::span<const Tensor> blobs_;
  Graph graph_;
  std::map<std::string, ValueId> values_;
  std::int64_t written_bytes_ = 0;
  std::int64_t known_bytes_ = 0;
};

}  // namespace

std::string to_text(const Graph& graph, std::vector<Tensor>* blobs) {
  std::string out;
  if (!graph.name.empty()) out += fmt::format("graph {}\n", field::print(graph.name));
  for (const auto& [key, value] : graph.metadata) {
    out += fmt::format("meta {} {}\n", quoted(key), field::print(value));
  }
  if (graph.recipe) {
    // The recipe's own text, on one line.
    const auto json = parse_json(to_text(*graph.recipe));
    SLIPWAY_CHECK(json);
    out += fmt::format("recipe {}\n", json->text(0));
  }
  for (const auto& node : graph.nodes()) {
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const auto& [name, type, known] = node.outputs[i];
      out += fmt::format("{}{}: {}", i == 0 ? "" : ", ", quoted(name), type.text());
    }
    if (const auto* constant = node.op.as<Constant>()) {
      out += fmt::format(" = {}\n", constant_text(constant->value, blobs));
    } else if (node.op.is<Input>()) {
      out += " = Input\n";
    } else {
      out += fmt::format(" = {}\n", op_text(graph, node));
    }
  }
  for (std::size_t i = 0; i < graph.outputs().size(); ++i) {
    out += fmt::format("{}{}", i == 0 ? "return " : ", ",
                       quoted(graph.value(graph.outputs()[i]).name));
  }
  return out + "\n";
}

std::string to_text(const AnyOp& op) { return std::string(op.name()) + fields_text(op); }

Result<AnyOp> parse_op(std::string_view text, std::span<const OpEntry> ops) {
  Cursor at(text);
  const auto name = SLIPWAY_TRY(at.name());
  const auto* entry = SLIPWAY_TRY(find_op(name, ops));
  const auto fields = SLIPWAY_TRY(parse_fields(at));
  if (!at.at_end()) return fail(Code::invalid_input, "'{}' is no op", text);
  return entry->parse(fields);
}

Result<TensorType> parse_type(std::string_view text) {
  Cursor at(text);
  TensorType type;
  const auto name = SLIPWAY_TRY(at.name());
  SLIPWAY_TRY(field::parse(name, type.dtype));
  std::vector<std::int64_t> dims;
  SLIPWAY_TRY(at.expect("["));
  while (!at.eat("]")) {
    if (!dims.empty()) SLIPWAY_TRY(at.expect(","));
    if (at.eat("?")) {
      dims.push_back(Shape::kUnknown);
      continue;
    }
    const auto dim = SLIPWAY_TRY(at.name());
    SLIPWAY_TRY(field::parse(dim, dims.emplace_back()));
    if (dims.back() < 0) return fail(Code::invalid_input, "dimension {} is negative", dim);
  }
  type.shape = SLIPWAY_TRY(Shape::make(dims));
  if (at.eat("q(")) {
    type.quant = SLIPWAY_TRY(parse_quantization(at));
    SLIPWAY_TRY(check(*type.quant, type.dtype, type.shape));
  }
  if (!at.at_end()) return fail(Code::invalid_input, "'{}' is no type", text);
  return type;
}

Result<Graph> parse_graph(std::string_view text, std::span<const OpEntry> ops,
                          std::span<const Tensor> blobs) {
  Parser parser(ops, blobs);
  int number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    SLIPWAY_TRY(parser.line(text.substr(0, end)).during("line {}", ++number));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::move(parser).finish();
}

}  // namespace slipway
