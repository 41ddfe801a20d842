// The text of a file: its encoding, and positions in it.
//
// The parsers of this room get the decoded text of the whole file, so that every error names the
// line and column of the file, also inside front matter.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fsdb {

struct TextPosition {
  int line = 1;
  int column = 1;

  friend bool operator==(const TextPosition&, const TextPosition&) = default;
};

// `offset` is at most text.size(). Lines end with LF, CR LF or CR; columns count code points.
TextPosition positionOf(std::string_view text, size_t offset);

// The error `message` at a byte of `text`.
Error errorAt(std::string_view text, size_t offset, std::string message,
              ErrorCode code = ErrorCode::kParse);

// An error that has no position.
Error errorWith(ErrorCode code, std::string message);

// The bytes without their byte order mark. kParse if they are empty, or if a byte order mark or a
// pattern of NULs shows that they are UTF-16 or UTF-32. Does not validate UTF-8.
Result<std::string_view> decodeText(std::string_view bytes);

// kParse at the first byte of `text` that is not UTF-8.
Result<void> checkUtf8(std::string_view text);

// The offset of the first byte that is not UTF-8; text.size() if all is.
size_t findInvalidUtf8(std::string_view text);

}  // namespace fsdb
