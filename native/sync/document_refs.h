// Which documents a sync has changed: values, and a list that packs them, since the report of a
// first sync holds one for each file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fsdb {

struct DocumentRef {
  std::string type;
  std::string id;
  std::string filePath;

  friend bool operator==(const DocumentRef&, const DocumentRef&) = default;
};

class DocumentRefs {
 public:
  void add(std::string_view type, std::string_view id, std::string_view filePath);
  void append(const DocumentRefs& others);

  size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  DocumentRef operator[](size_t index) const;

  // For loops over the list.
  class Iterator {
   public:
    Iterator(const DocumentRefs& refs, size_t index) : refs_(&refs), index_(index) {}
    DocumentRef operator*() const { return (*refs_)[index_]; }
    Iterator& operator++() {
      index_++;
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.index_ == b.index_; }

   private:
    const DocumentRefs* refs_;
    size_t index_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  struct Ends {
    size_t type;
    size_t id;
    size_t filePath;
  };
  std::string text_;
  std::vector<Ends> ends_;
};

}  // namespace fsdb
