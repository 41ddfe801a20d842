// The messages in the body of a Prompty file.
//
// A line that holds only a role and a colon, such as "system:" or "# User:", starts a message. All
// roles of both versions of Prompty are known: system, user, assistant, developer, function, tools.
// Attributes - user[name="x"]: - are accepted and left out: the body has them. Markers for images
// and threads stay text.
#pragma once

#include <string>
#include <string_view>

namespace fsdb {

// [{"role":...,"content":...},...] as JSON, or empty if the body has no role marker. Text before
// the first marker is a message of the system; messages are without the white space around them and
// may be empty.
std::string promptyMessages(std::string_view body);

}  // namespace fsdb
