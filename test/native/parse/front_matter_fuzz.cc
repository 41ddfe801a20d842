#include "fuzz_support.h"
#include "parse/front_matter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fsdb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto blank : {LeadingBlankLines::kAreText, LeadingBlankLines::kAreSkipped}) {
    const Result<FrontMatter> parts = splitFrontMatter(text, blank);
    if (!parts) {
      require(text.find("---") != text.npos && parts.error().line >= 1,
              "only a text that opens front matter can fail to close it", text);
    } else if (!parts->found) {
      require(parts->body == text, "without front matter all is body", text);
    } else {
      require(parts->body.empty() || parts->body.data() + parts->body.size() == text.end(),
              "the body reaches to the end", text);
      require(parts->yaml.empty() || parts->yaml.back() == '\n', "front matter is whole lines",
              text);
      require(parts->yaml.substr(0, 4) != "---\n" &&
                  parts->yaml.find("\n---\n") == std::string_view::npos,
              "the first closing line closes", text);
    }
  }
  return 0;
}
