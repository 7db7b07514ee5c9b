// Where the page begins.
import "./inline-styles";
import "./workers";
import { createRoot } from "react-dom/client";
import "./style.css";
import { Page } from "./page";
import { fetchDemo } from "./session";

const root = document.getElementById("root");
if (root) {
  // Without an answer there is no demo; what is wrong with the gateway shows at the first question.
  const demo = await fetchDemo().catch(() => undefined);
  createRoot(root).render(<Page demo={demo} />);
}
