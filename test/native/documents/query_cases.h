// JSON as query values, for tests whose cases are data. SQLite reads the JSON.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "documents/query.h"
#include "sqlite/connection.h"

namespace fsdb {

class JsonReader {
 public:
  QueryValue read(std::string_view json) {
    auto statement = prepare("SELECT json_type(?1), ?1 ->> '$'", json);
    EXPECT_TRUE(statement.step().value());
    return {convert(statement, 0, 1, std::string(json))};
  }

  // The elements of an array, as JSON texts.
  std::vector<std::string> elements(std::string_view json) {
    std::vector<std::string> texts;
    for (auto& [key, text] : members(json)) texts.push_back(std::move(text));
    return texts;
  }

  // The members of an object, or the elements of an array, as keys and JSON texts.
  std::vector<std::pair<std::string, std::string>> members(std::string_view json) {
    auto statement = prepare("SELECT key, ?1 -> fullkey FROM json_each(?1)", json);
    std::vector<std::pair<std::string, std::string>> members;
    while (statement.step().value()) members.emplace_back(statement.text(0), statement.text(1));
    return members;
  }

  std::string text(std::string_view json) { return std::get<std::string>(read(json).data); }

  // The member `key` of a file in test/cases, as JSON text.
  std::string member(const std::string& file, const std::string& key) {
    std::ifstream stream(std::string(FSDB_CASES_DIRECTORY) + "/" + file);
    const std::string json{std::istreambuf_iterator<char>(stream), {}};
    auto statement = prepare("SELECT ?1 -> '$." + key + "'", json);
    EXPECT_TRUE(statement.step().value());
    return std::string(statement.text(0));
  }

 private:
  Statement prepare(const std::string& sql, std::string_view json) {
    auto statement = connection_->prepare(sql).value();
    EXPECT_TRUE(statement.bind(1, json));
    return statement;
  }

  decltype(QueryValue::data) convert(Statement& row, int type, int value, const std::string& json) {
    const std::string_view kind = row.text(type);
    if (kind == "true" || kind == "false") return kind == "true";
    if (kind == "integer") return row.integer(value);
    if (kind == "real") return row.real(value);
    if (kind == "text") return std::string(row.text(value));
    if (kind == "array") {
      QueryValue::Array array;
      for (const auto& element : elements(json)) array.push_back(read(element));
      return array;
    }
    if (kind == "object") {
      QueryValue::Object object;
      for (const auto& [key, member] : members(json)) object.emplace_back(key, read(member));
      return object;
    }
    return std::monostate();
  }

  std::unique_ptr<Connection> connection_ = Connection::open(":memory:").value();
};

}  // namespace fsdb
