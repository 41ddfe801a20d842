// What a YAML scalar means: the core schema of YAML 1.2, as JSON.
// Source: https://yaml.org/spec/1.2.2/#103-core-schema
#pragma once

#include <string>
#include <string_view>

namespace fsdb {

// Appends the value of the plain scalar `text`: null, a boolean, a number with the digits as
// written (but as JSON wants them: +1 is 1, 007 is 7, .5 is 0.5, 0x1F is 31), or a string. .inf and
// .nan, which JSON does not have, become null. Dates and yes/no are strings. Hexadecimal and octal
// numbers of more than 64 bits stay strings: they are addresses and hashes rather than numbers.
void appendPlainScalar(std::string& json, std::string_view text);

// True if the plain scalar `text` is a string.
bool isPlainString(std::string_view text);

// Appends `text` as the type that `tag` asks for, such as "tag:yaml.org,2002:int"; false if it is
// not of that type. Tags of others make it a string.
bool appendTaggedScalar(std::string& json, std::string_view tag, std::string_view text);

}  // namespace fsdb
