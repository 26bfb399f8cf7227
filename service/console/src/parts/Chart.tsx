import { useEffect, useRef } from "react";
import { LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsCoreOption, type EChartsType } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

import { useLook } from "../app/theme";

use([AriaComponent, CanvasRenderer, GridComponent, LineChart, TooltipComponent]);

/** A chart with patterns beside colours.  Its tooltip is drawn on the canvas: the policy of the page
 *  allows no style in markup. */
export function Chart({ option, label, height = 280 }: { option: EChartsCoreOption; label: string; height?: number }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(undefined);
  const { dark } = useLook();
  useEffect(() => {
    const made = init(place.current!, dark ? "dark" : undefined);
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(place.current!);
    return () => {
      observer.disconnect();
      made.dispose();
    };
  }, [dark]);
  useEffect(() => {
    chart.current?.setOption(
      {
        backgroundColor: "transparent",
        animation: false,
        aria: { enabled: true, decal: { show: true } },
        tooltip: { renderMode: "richText", trigger: "item" },
        ...option,
      },
      true,
    );
  }, [option, dark]);
  return <div ref={place} role="img" aria-label={label} style={{ height }} />;
}
