/** @jsxImportSource preact */
import { render } from "preact";

import { Phone } from "./Phone";
import "./phone.css";

render(<Phone />, document.getElementById("root")!);

// Without a worker the page still works, with network.
if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/console/phone/worker.js").catch(() => undefined);
