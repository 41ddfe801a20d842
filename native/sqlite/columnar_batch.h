// Rows of a result as they travel from a native thread to JavaScript: numbers in one array, texts
// in one string, so that the JavaScript thread has little left to do. lib/row-decoder.ts makes
// objects of them.
//
// Threads: values, any, one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sqlite/statement.h"

namespace fsdb {

// A value that goes its own way: long texts, so that they keep no batch in memory, nor a batch
// them; blobs; integers that must stay exact.
struct OtherValue {
  enum class Kind : uint8_t { kText, kBlob, kInteger };
  Kind kind = Kind::kText;
  std::string bytes;
  int64_t integer = 0;
};

enum class CellType : uint8_t { kNull = 0, kNumber = 1, kText = 2, kOther = 3 };

struct ColumnarBatch {
  size_t rows = 0;
  size_t columns = 0;
  // One letter for each column, of what it holds in this batch: 'I' integers of 32 bits, which
  // JavaScript holds without a box, 'N' numbers, 'n' numbers and NULL, 'T' texts, 't' texts, NULL
  // and other values, 'm' a mixture.
  std::string kinds;
  // Row by row. A number; the length of a text in UTF-16 units; NaN for NULL, as SQLite has no NaN;
  // kOther for what is in `others`.
  std::vector<double> numbers;
  std::vector<CellType> types;  // row by row
  // The texts, row by row: as Latin-1 if they fit into that, else as UTF-16.
  std::string latin1;
  std::u16string utf16;
  std::vector<OtherValue> others;  // row by row

  static constexpr double kOther = -2;

  bool isMixed() const { return kinds.find('m') != std::string::npos; }
  // What it takes in memory, nearly.
  size_t bytes() const;
  // Equal batches have equal digests; unequal ones, but for one case in 2^64, have not.
  uint64_t digest() const;
};

class ColumnarEncoder {
 public:
  // Rows of `columns` columns, at least 1. With `safeIntegers` every integer is an OtherValue, else
  // those beyond 2^53 are rounded.
  ColumnarEncoder(size_t columns, bool safeIntegers);

  // Adds the row that the statement stands on. True if the batch is then large enough.
  bool add(const Statement& statement);

  // The rows that were added since the last take().
  ColumnarBatch take();

 private:
  void addInteger(size_t column, int64_t integer);
  void addNumber(size_t column, double number, uint8_t seen);
  void addText(size_t column, std::string_view text);
  void addOther(size_t column, OtherValue value, uint8_t seen);
  void appendLatin1(const std::u16string& units);
  void appendAscii(std::string_view text);
  size_t textUnits() const;

  const size_t columns_;
  const bool safeIntegers_;
  const size_t maxRows_;
  bool wide_ = false;          // the texts are in utf16
  std::vector<uint8_t> seen_;  // what each column holds
  ColumnarBatch batch_;
};

// Most rows and numbers of a batch, so that it fits into memory that is set aside once.
inline constexpr size_t kMaxBatchRows = 256;
inline constexpr size_t kMaxBatchCells = 65'536;

// UTF-8 as UTF-16, with U+FFFD for what is not UTF-8, as JavaScript's TextDecoder has it.
std::u16string toUtf16(std::string_view text);

}  // namespace fsdb
