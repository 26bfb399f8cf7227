"""The planner: from demands, premises and officers to certified joint visits; no database."""
