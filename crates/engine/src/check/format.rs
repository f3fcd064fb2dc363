//! Components of the format that this program may not have: known by name, so that a file with
//! one gets a true answer and not a guess at a slip of the keyboard.

/// Whether the format has a component of this name (with underscores).
pub(super) fn knows(name: &str) -> bool {
    COMPONENTS.contains(&name)
}

const COMPONENTS: &[&str] = &[
    "aggregate", "analyzer", "break_loop", "chat", "combiner", "compliance_evaluator",
    "conditional", "continue_loop", "critic", "document_reader", "echo_connector", "embedder",
    "error_router", "filter", "filter_transformer", "foreach", "form_extractor", "generator",
    "http_request", "improver", "join", "json_transform", "knowledge_query", "local_file",
    "logger", "loop", "mcp_list_tools", "mcp_tool_call", "mongodb", "output_router", "pandas",
    "parallel", "policy_lookup", "postgres", "redis", "retriever", "retry", "return", "rewriter",
    "router", "rule_checker", "s3", "schema_validate", "selector", "sql", "subpipeline",
    "summarizer", "switch_router", "synthesizer", "text_to_speech", "timeout", "transcriber",
    "translator", "trycatch", "variable_set",
];
