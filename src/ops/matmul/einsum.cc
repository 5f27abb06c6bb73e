#include "ops/matmul/einsum.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "ops/check.h"
#include "ops/dtypes.h"
#include "ops/product.h"

namespace slipway::ops {
namespace {

// Dimensions behind "..." have names, too: the numbers from 0, counted from the last one.
using Labels = std::vector<int>;

/// An equation and the shapes it is read with.
struct Plan {
  std::vector<Labels> inputs;
  Labels output;
  std::map<int, std::int64_t> sizes;
};

struct Term {
  std::string before;  // letters in front of "..."
  std::string after;   // and behind; all of them where there are no dots
  bool dots = false;
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Result<Term> parse_term(std::string_view text) {
  Term term;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_letter(text[i])) {
      term.after += text[i];
    } else if (text.substr(i, 3) == "..." && !term.dots) {
      term.dots = true;
      term.before = std::move(term.after);
      term.after.clear();
      i += 2;
    } else {
      return fail(Code::invalid_input, "'{}' is no term of an equation", text);
    }
  }
  return term;
}

/// The labels of a term where "..." stands for `hidden` dimensions.
Labels labels_of(const Term& term, std::size_t hidden) {
  Labels labels(term.before.begin(), term.before.end());
  for (std::size_t i = hidden; term.dots && i-- > 0;) labels.push_back(static_cast<int>(i));
  labels.insert(labels.end(), term.after.begin(), term.after.end());
  return labels;
}

Result<void> add_sizes(Plan& plan, const Labels& labels, const Shape& shape) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto [at, fresh] = plan.sizes.emplace(labels[i], shape[i]);
    const bool hidden = labels[i] < static_cast<int>(Shape::kMaxRank);
    if (fresh || at->second == shape[i] || shape[i] == Shape::kUnknown) continue;
    if (at->second == Shape::kUnknown || (hidden && at->second == 1)) {
      at->second = shape[i];
    } else if (!(hidden && shape[i] == 1)) {
      return fail(Code::invalid_input, "one index has {} and {} values", at->second, shape[i]);
    }
  }
  return {};
}

/// What an equation without "->" computes.
Term implied_output(std::span<const Term> terms) {
  std::map<char, int> uses;
  Term output;
  for (const auto& term : terms) {
    output.dots = output.dots || term.dots;
    for (const char c : term.before + term.after) ++uses[c];
  }
  for (const auto& [c, count] : uses) {
    if (count == 1) output.after += c;
  }
  return output;
}

Result<Plan> plan_of(std::string equation, std::span<const Shape> shapes) {
  std::erase(equation, ' ');
  const auto arrow = equation.find("->");
  std::vector<Term> terms;
  std::string_view left = std::string_view(equation).substr(0, arrow);
  while (true) {
    const auto comma = left.find(',');
    terms.push_back(SLIPWAY_TRY(parse_term(left.substr(0, comma))));
    if (comma == std::string_view::npos) break;
    left.remove_prefix(comma + 1);
  }
  if (terms.size() != shapes.size()) {
    return fail(Code::invalid_input, "{} terms for {} inputs", terms.size(), shapes.size());
  }
  Plan plan;
  std::size_t most_hidden = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const std::size_t letters = terms[i].before.size() + terms[i].after.size();
    const std::size_t rank = shapes[i].rank();
    if (rank < letters || (rank > letters && !terms[i].dots)) {
      return fail(Code::invalid_input, "{} for {} letters in '{}'", shapes[i].text(), letters,
                  equation);
    }
    most_hidden = std::max(most_hidden, rank - letters);
    plan.inputs.push_back(labels_of(terms[i], rank - letters));
    SLIPWAY_TRY(add_sizes(plan, plan.inputs.back(), shapes[i]));
  }
  Term output = implied_output(terms);
  if (arrow != std::string::npos)
    output = SLIPWAY_TRY(parse_term(std::string_view(equation).substr(arrow + 2)));
  plan.output = labels_of(output, most_hidden);
  for (std::size_t i = 0; i < plan.output.size(); ++i) {
    if (std::count(plan.output.begin(), plan.output.end(), plan.output[i]) > 1 ||
        !plan.sizes.contains(plan.output[i]))
      return fail(Code::invalid_input, "the output of '{}'", equation);
  }
  return plan;
}

Result<Shape> output_shape(const Plan& plan) {
  std::vector<std::int64_t> dims;
  for (const int label : plan.output) dims.push_back(plan.sizes.at(label));
  return Shape::make(dims);
}

/// An index along one label, and how far one step of it moves in each tensor.
struct Loop {
  std::int64_t size = 0;
  std::vector<std::int64_t> steps;  // one per input, then the output's
};

std::int64_t step_of(const Labels& labels, const Shape& shape, int label) {
  const auto strides = strides_of(shape);
  std::int64_t step = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == label && shape[i] != 1) step += strides[i];
  }
  return step;
}

std::vector<Loop> loops_of(const Plan& plan, std::span<const Shape> shapes, const Shape& output) {
  std::vector<Loop> loops;
  for (const auto& [label, size] : plan.sizes) {
    Loop loop{.size = size};
    for (std::size_t i = 0; i < shapes.size(); ++i)
      loop.steps.push_back(step_of(plan.inputs[i], shapes[i], label));
    loop.steps.push_back(step_of(plan.output, output, label));
    loops.push_back(std::move(loop));
  }
  return loops;
}

/// Adds the products of all combinations of indices to the sums.
template <class Sum>
void add_products(std::span<const Loop> loops, std::span<const std::vector<Sum>> inputs,
                  std::vector<Sum>& sums) {
  std::vector<std::int64_t> position(loops.size(), 0);
  std::vector<std::int64_t> at(inputs.size() + 1, 0);
  for (const auto& loop : loops) {
    if (loop.size == 0) return;
  }
  while (true) {
    Sum product{1};
    for (std::size_t i = 0; i < inputs.size(); ++i)
      product *= inputs[i][static_cast<std::size_t>(at[i])];
    sums[static_cast<std::size_t>(at.back())] += product;
    std::size_t l = loops.size();
    while (l-- > 0) {
      const auto& loop = loops[l];
      const bool again = ++position[l] < loop.size;
      if (!again) position[l] = 0;
      for (std::size_t i = 0; i < at.size(); ++i)
        at[i] += again ? loop.steps[i] : -loop.steps[i] * (loop.size - 1);
      if (again) break;
    }
    if (l == static_cast<std::size_t>(-1)) return;
  }
}

template <class T>
void run_einsum(EvalIo& io, std::span<const Loop> loops) {
  using Sum = Summed<T>;
  std::vector<std::vector<Sum>> inputs;
  for (std::size_t i = 0; i < io.input_count(); ++i) {
    auto& values = inputs.emplace_back();
    for (const T x : io.in<T>(i)) values.push_back(static_cast<Sum>(static_cast<Compute<T>>(x)));
  }
  const auto y = io.out<T>(0);
  std::vector<Sum> sums(y.size(), Sum{});
  add_products<Sum>(loops, inputs, sums);
  std::transform(sums.begin(), sums.end(), y.begin(),
                 [](Sum sum) { return static_cast<T>(static_cast<Compute<T>>(sum)); });
}

/// By Gauss elimination with the largest pivots. Destroys the matrix.
double determinant(std::span<double> m, std::size_t n) {
  double product = 1;
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column; row < n; ++row) {
      if (std::abs(m[row * n + column]) > std::abs(m[pivot * n + column])) pivot = row;
    }
    if (m[pivot * n + column] == 0) return 0;
    if (pivot != column) product = -product;
    for (std::size_t k = 0; k < n; ++k) std::swap(m[pivot * n + k], m[column * n + k]);
    product *= m[column * n + column];
    for (std::size_t row = column + 1; row < n; ++row) {
      const double factor = m[row * n + column] / m[column * n + column];
      for (std::size_t k = column; k < n; ++k) m[row * n + k] -= factor * m[column * n + k];
    }
  }
  return product;
}

}  // namespace

Result<Types> Einsum::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(std::max<std::size_t>(1, inputs.size()), 64));
  const DType dtype = inputs.type(0).dtype;
  if (!kNumbers.has(dtype)) return fail(Code::unsupported, "the inputs are {}", name_of(dtype));
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    SLIPWAY_TRY(check_dtype("each input", inputs.type(i), {dtype}));
    if (is_quantized(inputs.type(i))) return fail(Code::unsupported, "inputs with a scale");
    shapes.push_back(inputs.type(i).shape);
  }
  const auto plan = SLIPWAY_TRY(plan_of(equation, shapes));
  return Types{TensorType{dtype, SLIPWAY_TRY(output_shape(plan)), {}}};
}

Cost Einsum::cost(std::span<const TensorType> inputs) const {
  std::vector<Shape> shapes;
  for (const auto& type : inputs) shapes.push_back(type.shape);
  const auto plan = plan_of(equation, shapes);
  if (!plan) return {};
  auto macs = static_cast<std::int64_t>(inputs.size());
  for (const auto& [label, size] : plan->sizes) macs = saturating_product({macs, size});
  return {.macs = macs};
}

Result<void> Einsum::eval(EvalIo& io) const {
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < io.input_count(); ++i) shapes.push_back(io.input(i).shape());
  const auto plan = SLIPWAY_TRY(plan_of(equation, shapes));
  const auto loops = loops_of(plan, shapes, io.output_type(0).shape);
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (kNumbers.has(kDTypeOf<T>)) run_einsum<T>(io, loops);
  });
  return {};
}

Result<Types> Det::infer(const KnownInputs& inputs) const {
  SLIPWAY_TRY(inputs.count(1, 1));
  const auto& x = inputs.type(0);
  SLIPWAY_TRY(check_dtype("the input", x, {DType::f32, DType::f16, DType::bf16, DType::f64}));
  const auto& shape = x.shape;
  const auto open = [&](std::size_t i) { return shape.back(i) == Shape::kUnknown; };
  if (shape.rank() < 2 || (!open(0) && !open(1) && shape.back(0) != shape.back(1)))
    return fail(Code::invalid_input, "{} is no square matrix", shape.text());
  return Types{x.with_shape(SLIPWAY_TRY(Shape::make(shape.dims().first(shape.rank() - 2))))};
}

Cost Det::cost(std::span<const TensorType> inputs) const {
  return {.macs = saturating_product({inputs[0].shape.elements(), inputs[0].shape.back(0)}) / 3};
}

Result<void> Det::eval(EvalIo& io) const {
  const auto n = static_cast<std::size_t>(io.input(0).shape().back(0));
  auto all = to_doubles(io.input(0));
  visit(io.type(0).dtype, [&]<class T>(T) {
    if constexpr (kFloats.has(kDTypeOf<T>)) {
      const auto y = io.out<T>(0);
      for (std::size_t i = 0; i < y.size(); ++i) {
        const double det = determinant(std::span(all).subspan(i * n * n, n * n), n);
        y[i] = static_cast<T>(static_cast<Compute<T>>(det));
      }
    }
  });
  return {};
}

}  // namespace slipway::ops
