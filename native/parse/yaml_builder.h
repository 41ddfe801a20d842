// Builds JSON from the nodes of a YAML document in their order, and holds it to the limits.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "parse/yaml_parser.h"

namespace fsdb {

// What YAML says about a node besides its content. Empty if it says nothing.
struct YamlProperties {
  std::string anchor;
  std::string tag;
};

class YamlBuilder {
 public:
  struct Scalar {
    std::string_view text;
    bool plain = true;  // not quoted, not a block
  };
  struct Fault {
    std::string message;
    ErrorCode code = ErrorCode::kParse;
  };
  using Status = std::optional<Fault>;  // nullopt: go on

  explicit YamlBuilder(const YamlRules& rules) : rules_(rules) {}

  Status scalar(const Scalar& scalar, const YamlProperties& properties);
  Status alias(const std::string& name);
  Status open(bool isMapping, const YamlProperties& properties);
  Status close();

  // The document, once all that was opened is closed.
  std::string take() { return std::move(json_); }

 private:
  struct Frame {
    bool isMapping;
    bool atKey;         // a mapping that waits for a key
    bool fresh = true;  // nothing in it yet
    size_t start;       // in json_
    size_t nodes;       // nodes_ when it was opened
    int height = 1;     // levels of the deepest collection in it, itself included
    std::string anchor;
    std::unordered_set<std::string> keys;
  };
  struct Anchored {
    bool open = true;  // the node is not complete: an alias to it would be endless
    std::string json;
    std::string text;  // of a scalar, as it is written
    bool isScalar = false;
    size_t nodes = 1;
    int height = 0;
  };

  Status begin(size_t nodes);
  Status end(const std::string* text, int height);
  Status endKey(size_t start, const std::string* text);
  Status spend(size_t bytes);
  bool inKey() const { return !frames_.empty() && frames_.back().atKey; }

  const YamlRules& rules_;
  std::string json_;
  std::vector<Frame> frames_;
  std::map<std::string, Anchored> anchors_;
  size_t nodeStart_ = 0;  // in json_
  size_t nodes_ = 0;
  size_t copiedBytes_ = 0;
};

}  // namespace fsdb
