#include "parse/yaml_builder.h"

#include <algorithm>
#include <utility>

#include "parse/document_parser.h"
#include "parse/json_string.h"
#include "parse/yaml_scalar.h"

namespace fsdb {
namespace {

YamlBuilder::Status limitFault(std::string message) {
  return YamlBuilder::Fault{std::move(message), ErrorCode::kLimit};
}

YamlBuilder::Status depthFault() {
  return limitFault("nested deeper than " + std::to_string(kMaxDepth) + " levels");
}

}  // namespace

YamlBuilder::Status YamlBuilder::scalar(const Scalar& scalar, const YamlProperties& properties) {
  if (Status fault = begin(1)) return fault;
  const size_t start = json_.size();
  if (!properties.tag.empty()) {
    if (!appendTaggedScalar(json_, properties.tag, scalar.text)) {
      return Fault{"the value is not of the type " + properties.tag};
    }
  } else if (scalar.plain) {
    appendPlainScalar(json_, scalar.text);
  } else {
    appendJsonString(json_, scalar.text);
  }
  const std::string text(scalar.text);
  if (!properties.anchor.empty()) {
    anchors_[properties.anchor] = {false, json_.substr(start), text, true, 1, 0};
    if (Status fault = spend(json_.size() - start)) return fault;
  }
  return end(&text, 0);
}

YamlBuilder::Status YamlBuilder::alias(const std::string& name) {
  const auto found = anchors_.find(name);
  if (found == anchors_.end()) return Fault{"there is no anchor &" + name + " before *" + name};
  const Anchored& target = found->second;
  if (target.open) return Fault{"*" + name + " stands inside the node that it refers to"};
  if (frames_.size() + static_cast<size_t>(target.height) > kMaxDepth) return depthFault();
  if (Status fault = begin(target.nodes)) return fault;
  if (Status fault = spend(target.json.size())) return fault;
  json_ += target.json;
  return end(target.isScalar ? &target.text : nullptr, target.height);
}

YamlBuilder::Status YamlBuilder::open(bool isMapping, const YamlProperties& properties) {
  if (rules_.frontMatter && frames_.empty() && !isMapping) {
    return Fault{"front matter is a mapping of keys to values"};
  }
  if (frames_.size() == kMaxDepth) return depthFault();
  if (Status fault = begin(1)) return fault;
  if (!properties.anchor.empty()) anchors_[properties.anchor] = {};
  Frame frame{};
  frame.isMapping = isMapping;
  frame.atKey = isMapping;
  frame.fresh = true;
  frame.start = json_.size();
  frame.nodes = nodes_ - 1;
  frame.height = 1;
  frame.anchor = properties.anchor;
  frames_.push_back(std::move(frame));
  json_ += isMapping ? '{' : '[';
  return std::nullopt;
}

YamlBuilder::Status YamlBuilder::close() {
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  json_ += frame.isMapping ? '}' : ']';
  nodeStart_ = frame.start;
  if (!frame.anchor.empty()) {
    if (Status fault = spend(json_.size() - frame.start)) return fault;
    anchors_[frame.anchor] = {false, json_.substr(frame.start), "",
                              false, nodes_ - frame.nodes,      frame.height};
  }
  return end(nullptr, frame.height);
}

// What goes before a node: a comma, and its place in the limit.
YamlBuilder::Status YamlBuilder::begin(size_t nodes) {
  nodes_ += nodes;
  if (nodes_ > kMaxYamlNodes) {
    return limitFault("more than " + std::to_string(kMaxYamlNodes) +
                      " nodes, with what aliases repeat");
  }
  if (!frames_.empty()) {
    Frame& frame = frames_.back();
    const bool first = std::exchange(frame.fresh, false);
    if (!first && (!frame.isMapping || frame.atKey)) json_ += ',';
  }
  nodeStart_ = json_.size();
  return std::nullopt;
}

// What comes after a node that starts at nodeStart_. `text` is that of a scalar.
YamlBuilder::Status YamlBuilder::end(const std::string* text, int height) {
  if (frames_.empty()) {
    const bool nothing = json_ == "null";
    if (rules_.frontMatter && text != nullptr && !nothing) {
      return Fault{"front matter is a mapping of keys to values"};
    }
    if (rules_.frontMatter && nothing) json_ = "{}";
    return std::nullopt;
  }
  Frame& frame = frames_.back();
  if (frame.atKey) return endKey(nodeStart_, text);
  frame.height = std::max(frame.height, height + 1);
  frame.atKey = frame.isMapping;
  return std::nullopt;
}

YamlBuilder::Status YamlBuilder::endKey(size_t start, const std::string* text) {
  Frame& frame = frames_.back();
  const std::string key = text != nullptr ? *text : json_.substr(start);
  json_.resize(start);
  appendJsonString(json_, key);
  json_ += ':';
  // A collection as a key in a collection as a key ...: every level doubles the backslashes.
  if (text == nullptr) {
    if (Status fault = spend(json_.size() - start)) return fault;
  }
  if (!frame.keys.insert(key).second) {
    return Fault{"duplicate key \"" + key.substr(0, 100) + "\""};
  }
  const auto& reserved = rules_.reserved;
  if (frames_.size() == 1 && std::find(reserved.begin(), reserved.end(), key) != reserved.end()) {
    return Fault{"the key \"" + key + "\" is taken: the body of the file goes there"};
  }
  frame.atKey = false;
  return std::nullopt;
}

YamlBuilder::Status YamlBuilder::spend(size_t bytes) {
  copiedBytes_ += bytes;
  if (copiedBytes_ <= kMaxAliasBytes) return std::nullopt;
  return limitFault("anchors, aliases and nested keys make more than " +
                    std::to_string(kMaxAliasBytes) + " bytes");
}

}  // namespace fsdb
