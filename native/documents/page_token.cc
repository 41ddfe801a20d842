#include "documents/page_token.h"

#include <bit>
#include <cmath>
#include <optional>
#include <utility>

namespace fsdb {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// The first byte: another layout gets another one, so that an old token is refused.
constexpr char kFormat = 1;

enum class Tag : char { kNull = 'n', kInteger = 'i', kReal = 'r', kText = 't' };

std::string toBase64(std::string_view bytes) {
  std::string text;
  uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<uint8_t>(byte);
    for (count += 8; count >= 6; count -= 6) text += kAlphabet[bits >> (count - 6) & 63];
  }
  if (count > 0) text += kAlphabet[bits << (6 - count) & 63];
  return text;
}

std::optional<std::string> fromBase64(std::string_view text) {
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 255);
  }
  return bytes;
}

void append(std::string& bytes, uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 255);
}

void append(std::string& bytes, const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    bytes += static_cast<char>(Tag::kInteger);
    append(bytes, static_cast<uint64_t>(*integer));
  } else if (const auto* real = std::get_if<double>(&value)) {
    bytes += static_cast<char>(Tag::kReal);
    append(bytes, std::bit_cast<uint64_t>(*real));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    bytes += static_cast<char>(Tag::kText);
    append(bytes, static_cast<uint64_t>(text->size()));
    bytes += *text;
  } else {
    bytes += static_cast<char>(Tag::kNull);
  }
}

class TokenReader {
 public:
  explicit TokenReader(std::string_view bytes) : bytes_(bytes) {}

  bool atEnd() const { return bytes_.empty(); }

  std::optional<std::string_view> take(uint64_t size) {
    if (size > bytes_.size()) return std::nullopt;
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::optional<uint64_t> takeNumber() {
    const auto digits = take(8);
    if (!digits) return std::nullopt;
    uint64_t number = 0;
    for (const char digit : *digits) number = number << 8 | static_cast<uint8_t>(digit);
    return number;
  }

  std::optional<Value> takeValue() {
    const auto tag = take(1);
    if (!tag) return std::nullopt;
    if (tag->front() == static_cast<char>(Tag::kNull)) return Value();
    const auto number = takeNumber();
    if (!number) return std::nullopt;
    switch (static_cast<Tag>(tag->front())) {
      case Tag::kInteger:
        return Value(static_cast<int64_t>(*number));
      case Tag::kReal:
        if (std::isnan(std::bit_cast<double>(*number))) return std::nullopt;
        return Value(std::bit_cast<double>(*number));
      case Tag::kText:
        if (const auto text = take(*number)) return Value(std::string(*text));
        return std::nullopt;
      default:
        return std::nullopt;
    }
  }

 private:
  std::string_view bytes_;
};

std::optional<PageToken> decode(std::string_view text) {
  const auto bytes = fromBase64(text);
  if (!bytes) return std::nullopt;
  TokenReader reader(*bytes);
  const auto format = reader.take(1);
  if (!format || format->front() != kFormat) return std::nullopt;
  const auto order = reader.takeNumber();
  if (!order) return std::nullopt;
  PageToken token;
  token.order = *order;
  while (!reader.atEnd()) {
    auto value = reader.takeValue();
    if (!value) return std::nullopt;
    token.keys.push_back(std::move(*value));
  }
  return token;
}

}  // namespace

std::string encodePageToken(const PageToken& token) {
  std::string bytes(1, kFormat);
  append(bytes, token.order);
  for (const Value& key : token.keys) append(bytes, key);
  return toBase64(bytes);
}

Result<PageToken> decodePageToken(std::string_view text) {
  auto token = decode(text);
  if (token) return std::move(*token);
  Error error;
  error.code = ErrorCode::kParse;
  error.message = "after: is not the `next` of a page";
  return error;
}

}  // namespace fsdb
