#include "sqlite/columnar_batch.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

namespace fsdb {
namespace {

// A string that is cut out of a batch keeps the whole batch in memory: few rows for one that is
// kept, and no long text.
constexpr size_t kMaxTextUnits = 32'768;
constexpr size_t kLongText = 2'048;

// Bits of what a column has held.
constexpr uint8_t kSawNumber = 1;
constexpr uint8_t kSawNull = 2;
constexpr uint8_t kSawText = 4;
constexpr uint8_t kSawLongText = 8;
constexpr uint8_t kSawOther = 16;
constexpr uint8_t kSawNumber32 = 32;  // an integer of 32 bits; others are kSawNumber
constexpr uint8_t kSawNumbers = kSawNumber | kSawNumber32;

constexpr double kNull = std::numeric_limits<double>::quiet_NaN();

bool isAscii(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & kHighBits) != 0) return false;
  }
  for (; i < text.size(); i++) {
    if (static_cast<unsigned char>(text[i]) > 0x7f) return false;
  }
  return true;
}

char kindOf(uint8_t seen) {
  if (seen == kSawNumber32) return 'I';
  if ((seen & ~kSawNumbers) == 0) return 'N';
  if ((seen & ~(kSawNumbers | kSawNull)) == 0) return 'n';
  if (seen == kSawText) return 'T';
  if ((seen & (kSawNumbers | kSawOther)) == 0) return 't';
  return 'm';
}

template <typename T>
std::string_view bytesOf(const T& container) {
  return {reinterpret_cast<const char*>(container.data()),
          container.size() * sizeof(typename T::value_type)};
}

// One character of UTF-8 from `text[i]` on; moves `i` behind it, or behind what cannot be the
// beginning of one. Source: https://encoding.spec.whatwg.org/#utf-8-decoder
char32_t decode(std::string_view text, size_t& i) {
  constexpr char32_t kReplacement = 0xfffd;
  const auto lead = static_cast<unsigned char>(text[i++]);
  if (lead < 0x80) return lead;
  int more = 0;
  unsigned lowest = 0x80;
  unsigned highest = 0xbf;
  char32_t point = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    more = 1;
    point = lead & 0x1fU;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    more = 2;
    point = lead & 0xfU;
    if (lead == 0xe0) lowest = 0xa0;
    if (lead == 0xed) highest = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    more = 3;
    point = lead & 0x7U;
    if (lead == 0xf0) lowest = 0x90;
    if (lead == 0xf4) highest = 0x8f;
  } else {
    return kReplacement;
  }
  for (; more > 0; more--) {
    if (i == text.size()) return kReplacement;
    const auto next = static_cast<unsigned char>(text[i]);
    if (next < lowest || next > highest) return kReplacement;
    lowest = 0x80;
    highest = 0xbf;
    point = (point << 6U) | (next & 0x3fU);
    i++;
  }
  return point;
}

}  // namespace

std::u16string toUtf16(std::string_view text) {
  std::u16string units;
  units.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const char32_t point = decode(text, i);
    if (point < 0x10000) {
      units += static_cast<char16_t>(point);
    } else {
      units += static_cast<char16_t>(0xd7c0 + (point >> 10U));
      units += static_cast<char16_t>(0xdc00 + (point & 0x3ffU));
    }
  }
  return units;
}

size_t ColumnarBatch::bytes() const {
  size_t bytes = numbers.size() * sizeof(double) + latin1.size() + 2 * utf16.size();
  for (const auto& other : others) bytes += sizeof(OtherValue) + other.bytes.size();
  return bytes;
}

uint64_t ColumnarBatch::digest() const {
  uint64_t digest = rows;
  const auto mix = [&](std::string_view bytes) {
    digest = (digest ^ std::hash<std::string_view>()(bytes)) * 0x9e3779b97f4a7c15;
    digest ^= digest >> 29U;
  };
  mix(bytesOf(numbers));
  mix(bytesOf(types));
  mix(latin1);
  mix(bytesOf(utf16));
  for (const auto& other : others) {
    mix({reinterpret_cast<const char*>(&other.integer), sizeof(other.integer)});
    mix(other.bytes);
    digest += static_cast<uint64_t>(other.kind);
  }
  return digest;
}

ColumnarEncoder::ColumnarEncoder(size_t columns, bool safeIntegers)
    : columns_(columns),
      safeIntegers_(safeIntegers),
      maxRows_(std::clamp<size_t>(kMaxBatchCells / columns, 1, kMaxBatchRows)),
      seen_(columns) {}

bool ColumnarEncoder::add(const Statement& statement) {
  for (size_t column = 0; column < columns_; column++) {
    const int index = static_cast<int>(column);
    switch (statement.type(index)) {
      case ValueType::kInteger:
        addInteger(column, statement.integer(index));
        break;
      case ValueType::kReal:
        addNumber(column, statement.real(index), kSawNumber);
        break;
      case ValueType::kText:
        addText(column, statement.text(index));
        break;
      case ValueType::kBlob:
        addOther(column, {OtherValue::Kind::kBlob, std::string(statement.blob(index)), 0},
                 kSawOther);
        break;
      case ValueType::kNull:
        batch_.numbers.push_back(kNull);
        batch_.types.push_back(CellType::kNull);
        seen_[column] |= kSawNull;
        break;
    }
  }
  batch_.rows++;
  return batch_.rows >= maxRows_ || textUnits() >= kMaxTextUnits ||
         batch_.others.size() >= maxRows_;
}

void ColumnarEncoder::addInteger(size_t column, int64_t integer) {
  if (safeIntegers_) {
    return addOther(column, {OtherValue::Kind::kInteger, {}, integer}, kSawOther);
  }
  const bool small = integer == static_cast<int32_t>(integer);
  addNumber(column, static_cast<double>(integer), small ? kSawNumber32 : kSawNumber);
}

void ColumnarEncoder::addNumber(size_t column, double number, uint8_t seen) {
  batch_.numbers.push_back(number);
  batch_.types.push_back(CellType::kNumber);
  seen_[column] |= seen;
}

size_t ColumnarEncoder::textUnits() const { return batch_.latin1.size() + batch_.utf16.size(); }

void ColumnarEncoder::addText(size_t column, std::string_view text) {
  if (text.size() >= kLongText) {
    return addOther(column, {OtherValue::Kind::kText, std::string(text), 0}, kSawLongText);
  }
  const size_t before = textUnits();
  if (isAscii(text)) {
    appendAscii(text);
  } else {
    appendLatin1(toUtf16(text));
  }
  batch_.numbers.push_back(static_cast<double>(textUnits() - before));
  batch_.types.push_back(CellType::kText);
  seen_[column] |= kSawText;
}

void ColumnarEncoder::appendAscii(std::string_view text) {
  if (wide_) {
    batch_.utf16.append(text.begin(), text.end());
  } else {
    batch_.latin1 += text;
  }
}

// As Latin-1 if it can be; else everything becomes UTF-16.
void ColumnarEncoder::appendLatin1(const std::u16string& units) {
  const bool fits =
      std::all_of(units.begin(), units.end(), [](char16_t unit) { return unit <= 0xff; });
  if (!wide_ && fits) {
    for (const char16_t unit : units) batch_.latin1 += static_cast<char>(unit);
    return;
  }
  if (!wide_) {
    wide_ = true;
    batch_.utf16.reserve(batch_.latin1.size() + units.size());
    for (const char c : batch_.latin1) batch_.utf16 += static_cast<unsigned char>(c);
    batch_.latin1.clear();
  }
  batch_.utf16 += units;
}

void ColumnarEncoder::addOther(size_t column, OtherValue value, uint8_t seen) {
  batch_.numbers.push_back(ColumnarBatch::kOther);
  batch_.types.push_back(CellType::kOther);
  batch_.others.push_back(std::move(value));
  seen_[column] |= seen;
}

ColumnarBatch ColumnarEncoder::take() {
  batch_.columns = columns_;
  for (uint8_t& seen : seen_) batch_.kinds += kindOf(std::exchange(seen, 0));
  wide_ = false;
  return std::exchange(batch_, {});
}

}  // namespace fsdb
