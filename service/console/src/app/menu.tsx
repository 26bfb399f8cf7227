import type { ReactNode } from "react";
import {
  ApartmentOutlined,
  ApiOutlined,
  AuditOutlined,
  BankOutlined,
  CalendarOutlined,
  CameraOutlined,
  DashboardOutlined,
  ExceptionOutlined,
  FundProjectionScreenOutlined,
  HomeOutlined,
  SafetyOutlined,
  SettingOutlined,
  TeamOutlined,
  WarningOutlined,
} from "@ant-design/icons";

import type { Right, RightSubject } from "../gql/graphql";

type Entry = { path: string; label: string; icon: ReactNode; needs: [RightSubject, ...Right[]]; roles?: string[] };

/* Each entry shows to whoever carries one of its rights; the API has the last word. */
const ENTRIES: Entry[] = [
  { path: "/desk", label: "今日待办", icon: <HomeOutlined />, needs: ["TENANT", "READ_OWN", "READ_PUBLIC"] },
  { path: "/enterprises", label: "企业台账", icon: <BankOutlined />, needs: ["REGISTER", "READ_OWN", "READ_ACROSS"] },
];

export function menuFor({ can, viewer }: { can: (subject: RightSubject, ...rights: Right[]) => boolean; viewer: { role: string } }): Entry[] {
  return ENTRIES.filter(({ needs, roles }) => can(...needs) && (!roles || roles.includes(viewer.role)));
}

export const ICONS = {
  ApartmentOutlined,
  ApiOutlined,
  AuditOutlined,
  CalendarOutlined,
  CameraOutlined,
  DashboardOutlined,
  ExceptionOutlined,
  FundProjectionScreenOutlined,
  SafetyOutlined,
  SettingOutlined,
  TeamOutlined,
  WarningOutlined,
};
