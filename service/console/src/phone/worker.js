"__FILES__";
