#include "sync/document_refs.h"

namespace fsdb {

void DocumentRefs::add(std::string_view type, std::string_view id, std::string_view filePath) {
  Ends ends{};
  text_ += type;
  ends.type = text_.size();
  text_ += id;
  ends.id = text_.size();
  text_ += filePath;
  ends.filePath = text_.size();
  ends_.push_back(ends);
}

void DocumentRefs::append(const DocumentRefs& others) {
  const size_t before = text_.size();
  text_ += others.text_;
  for (const auto& ends : others.ends_) {
    ends_.push_back({before + ends.type, before + ends.id, before + ends.filePath});
  }
}

DocumentRef DocumentRefs::operator[](size_t index) const {
  const Ends& ends = ends_[index];
  const size_t begin = index == 0 ? 0 : ends_[index - 1].filePath;
  return {text_.substr(begin, ends.type - begin), text_.substr(ends.type, ends.id - ends.type),
          text_.substr(ends.id, ends.filePath - ends.id)};
}

}  // namespace fsdb
