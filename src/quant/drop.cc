#include "quant/drop.h"

namespace slipway::quant {

void Drop::add(std::int64_t floats, std::int64_t bytes, std::optional<std::int64_t> truth) {
  ++pictures_;
  if (floats == bytes) ++agree_;
  if (!truth) return;
  ++known_;
  if (floats == *truth) ++floats_right_;
  if (floats == *truth && bytes != *truth) ++lost_;
  if (floats != *truth && bytes == *truth) ++won_;
}

double Drop::points() const {
  return static_cast<double>(known_ > 0 ? lost_ : pictures_ - agree_) * grain();
}

double Drop::grain() const {
  const auto of = known_ > 0 ? known_ : pictures_;
  return of == 0 ? 0 : 100.0 / static_cast<double>(of);
}

Json Drop::to_json() const {
  Json out;
  out.set("pictures", pictures_);
  out.set("agree", agree_);
  out.set("known", known_);
  out.set("floats_right", floats_right_);
  out.set("lost", lost_);
  out.set("won", won_);
  return out;
}

Result<Drop> Drop::from_json(const Json& json) {
  Drop out;
  for (const auto& [name, into] :
       {std::pair("pictures", &out.pictures_), std::pair("agree", &out.agree_),
        std::pair("known", &out.known_), std::pair("floats_right", &out.floats_right_),
        std::pair("lost", &out.lost_), std::pair("won", &out.won_)}) {
    const auto* member = json.find(name);
    if (member == nullptr || member->integer() == nullptr)
      return fail(Code::corrupt, "the answers of a network have no '{}'", name);
    *into = *member->integer();
  }
  return out;
}

}  // namespace slipway::quant
