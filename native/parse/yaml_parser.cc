#include "parse/yaml_parser.h"

#include <libfyaml.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "parse/text.h"
#include "parse/yaml_builder.h"
#include "parse/yaml_subset.h"

namespace fsdb {
namespace {

// Not fy_diag_unref(), which leaks what was collected.
struct DiagnosticsDeleter {
  void operator()(fy_diag* diagnostics) const { fy_diag_destroy(diagnostics); }
};
struct ParserDeleter {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};
struct EventDeleter {
  fy_parser* parser;
  void operator()(fy_event* event) const { fy_parser_event_free(parser, event); }
};
using Diagnostics = std::unique_ptr<fy_diag, DiagnosticsDeleter>;
using Parser = std::unique_ptr<fy_parser, ParserDeleter>;
using Event = std::unique_ptr<fy_event, EventDeleter>;

// Collects messages; without it libfyaml writes them to stderr.
Diagnostics makeDiagnostics() {
  fy_diag_cfg config;
  fy_diag_cfg_default(&config);
  config.fp = nullptr;
  config.output_fn = [](fy_diag*, void*, const char*, size_t) {};
  config.level = FYET_ERROR;
  Diagnostics diagnostics(fy_diag_create(&config));
  if (diagnostics) fy_diag_set_collect_errors(diagnostics.get(), true);
  return diagnostics;
}

// Brackets may close at any column, as people write them. The depth limit is ours, and events do
// not recurse.
Parser makeParser(fy_diag* diagnostics) {
  fy_parse_cfg config{};
  config.flags = static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_SLOPPY_FLOW_INDENTATION |
                                                 FYPCF_DISABLE_DEPTH_LIMIT | FYPCF_JSON_NONE |
                                                 FYPCF_DEFAULT_VERSION_1_2);
  config.diag = diagnostics;
  return Parser(fy_parser_create(&config));
}

std::string textOf(fy_token* token) {
  size_t length = 0;
  const char* text = token == nullptr ? nullptr : fy_token_get_text(token, &length);
  return text == nullptr ? std::string() : std::string(text, length);
}

class FullParser {
 public:
  FullParser(std::string_view file, std::string_view yaml, const YamlRules& rules)
      : file_(file), yaml_(yaml), rules_(rules), builder_(rules) {}

  Result<std::string> run() {
    if (const size_t control = findControl(); control < yaml_.size()) {
      return fail(control, "control characters are written as escapes in double quotes");
    }
    Parser parser;  // outlives the diagnostics, which hold tokens of it
    const Diagnostics diagnostics = makeDiagnostics();
    if (diagnostics) parser = makeParser(diagnostics.get());
    if (!parser || fy_parser_set_string(parser.get(), yaml_.data(), yaml_.size()) != 0) {
      return errorWith(ErrorCode::kInternal, prefix() + "libfyaml could not be started");
    }
    while (const Event event{fy_parser_parse(parser.get()), {parser.get()}}) {
      if (auto fault = handle(*event)) return fail(at_, fault->message, fault->code);
    }
    if (fy_parser_get_stream_error(parser.get()) || fy_diag_got_error(diagnostics.get())) {
      return firstDiagnostic(diagnostics.get());
    }
    if (documents_ > 0) return builder_.take();
    if (rules_.frontMatter) return std::string("{}");
    return fail(0, "there is no document in the file");
  }

 private:
  // libfyaml lets some of them pass, which YAML does not.
  size_t findControl() const {
    for (size_t i = 0; i < yaml_.size(); i++) {
      const auto c = static_cast<unsigned char>(yaml_[i]);
      if (c < 0x20 && c != '\n' && c != '\r' && c != '\t') return i;
    }
    return yaml_.size();
  }

  YamlBuilder::Status handle(fy_event& event) {
    if (const fy_mark* mark = fy_event_start_mark(&event)) at_ = startOf(event, mark->input_pos);
    if (documents_ > 1) return secondDocument();
    switch (event.type) {
      case FYET_DOCUMENT_START:
        // After "..." the second document only starts at the next event.
        if (documents_++ == 0 || yaml_.substr(at_, 3) == "...") return std::nullopt;
        return secondDocument();
      case FYET_MAPPING_START:
        return builder_.open(true, propertiesOf(event));
      case FYET_SEQUENCE_START:
        return builder_.open(false, propertiesOf(event));
      case FYET_MAPPING_END:
      case FYET_SEQUENCE_END:
        return builder_.close();
      case FYET_SCALAR:
        return scalar(event);
      case FYET_ALIAS:
        return builder_.alias(textOf(fy_event_get_token(&event)));
      default:
        return std::nullopt;
    }
  }

  static YamlBuilder::Status secondDocument() {
    return YamlBuilder::Fault{"a second document starts here; a file holds one"};
  }

  // libfyaml's marks of quoted scalars and aliases are behind the quote and the asterisk.
  static size_t startOf(fy_event& event, size_t mark) {
    if (mark == 0) return mark;
    if (event.type == FYET_ALIAS) return mark - 1;
    fy_token* token = event.type == FYET_SCALAR ? fy_event_get_token(&event) : nullptr;
    if (token == nullptr) return mark;
    const fy_scalar_style style = fy_token_scalar_style(token);
    const bool quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    return quoted ? mark - 1 : mark;
  }

  YamlBuilder::Status scalar(fy_event& event) {
    fy_token* token = fy_event_get_token(&event);
    const std::string text = textOf(token);
    const bool plain = token == nullptr || fy_token_scalar_style(token) == FYSS_PLAIN;
    return builder_.scalar({text, plain}, propertiesOf(event));
  }

  static YamlProperties propertiesOf(fy_event& event) {
    return {textOf(fy_event_get_anchor_token(&event)), textOf(fy_event_get_tag_token(&event))};
  }

  Error firstDiagnostic(fy_diag* diagnostics) const {
    void* state = nullptr;
    const fy_diag_error* error = fy_diag_errors_iterate(diagnostics, &state);
    if (error == nullptr) return fail(at_, "not valid YAML");
    // Its own line and column are off at the end of the text; the mark counts bytes.
    const fy_mark* mark = error->fyt != nullptr ? fy_token_start_mark(error->fyt) : nullptr;
    return fail(mark != nullptr ? mark->input_pos : at_, error->msg);
  }

  std::string prefix() const {
    return rules_.frontMatter ? "parse front matter: " : "parse YAML: ";
  }

  Error fail(size_t at, const std::string& message, ErrorCode code = ErrorCode::kParse) const {
    const auto start = static_cast<size_t>(yaml_.data() - file_.data());
    return errorAt(file_, start + std::min(at, yaml_.size()), prefix() + message, code);
  }

  const std::string_view file_;
  const std::string_view yaml_;
  const YamlRules& rules_;
  YamlBuilder builder_;
  size_t at_ = 0;  // where the last event starts, in yaml_
  int documents_ = 0;
};

}  // namespace

Result<std::string> parseYaml(std::string_view file, std::string_view yaml,
                              const YamlRules& rules) {
  std::string json;
  if (parseYamlSubset(yaml, rules, json)) return json;
  return parseYamlFully(file, yaml, rules);
}

Result<std::string> parseYamlFully(std::string_view file, std::string_view yaml,
                                   const YamlRules& rules) {
  return FullParser(file, yaml, rules).run();
}

}  // namespace fsdb
